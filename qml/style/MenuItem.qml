// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Desktop
import Millrace.Theme

// One entry of a Menu, with `icon.name` or a check mark. Extra: `danger`, for what destroys.
T.MenuItem {
    id: item

    property bool danger: false

    readonly property bool marked: icon.name.length > 0 || checkable

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: Theme.size.control
    padding: 0
    horizontalPadding: Theme.space.s
    spacing: Theme.space.s
    opacity: enabled ? 1 : Theme.faded
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body
    Accessible.role: Accessible.MenuItem
    Accessible.name: text

    contentItem: Row {
        leftPadding: item.marked ? Theme.size.iconMedium + item.spacing : 0
        Text {
            width: Math.min(implicitWidth, item.availableWidth - (item.marked ? Theme.size.iconMedium + item.spacing : 0) - (item.subMenu ? Theme.size.iconMedium : 0))
            text: item.text
            color: item.danger ? Theme.color.critical : Theme.color.text
            font: item.font
            elide: Text.ElideMiddle
            textFormat: Text.PlainText
            anchors.verticalCenter: parent.verticalCenter
        }
    }
    indicator: SvgIcon {
        x: item.leftPadding
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        visible: item.marked
        name: item.checkable ? (item.checked ? "check" : "") : item.icon.name
        color: item.danger ? Theme.color.critical : Theme.color.textSecond
        width: Theme.size.iconMedium
        height: Theme.size.iconMedium
    }
    arrow: SvgIcon {
        x: item.width - width - item.rightPadding
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        visible: item.subMenu !== null
        name: "chevron-right"
        color: Theme.color.textSecond
        width: Theme.size.iconTiny
        height: Theme.size.iconTiny
    }
    background: Rectangle {
        radius: Theme.size.radiusSmall
        color: item.highlighted ? Theme.color.raised : "transparent"
    }
}
