// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace
import Millrace.Desktop

// One entry of a MenuList.
T.MenuItem {
    id: entry

    property string symbol

    implicitWidth: 212
    implicitHeight: Theme.size.control
    leftPadding: Theme.space.s
    rightPadding: Theme.space.s
    opacity: enabled ? 1 : 0.45
    Accessible.role: Accessible.MenuItem
    Accessible.name: text

    contentItem: Row {
        spacing: Theme.space.s
        SvgIcon {
            visible: entry.symbol.length > 0 || entry.checkable
            name: entry.checkable ? (entry.checked ? "check" : "") : entry.symbol
            color: Theme.color.textSecond
            width: 16
            height: 16
            anchors.verticalCenter: parent.verticalCenter
        }
        Text {
            text: entry.text
            color: Theme.color.text
            font.family: Theme.font.family
            font.pixelSize: Theme.font.body
            textFormat: Text.PlainText
            anchors.verticalCenter: parent.verticalCenter
        }
    }
    background: Rectangle {
        radius: Theme.size.radiusSmall
        color: entry.highlighted ? Theme.color.raised : "transparent"
    }
}
