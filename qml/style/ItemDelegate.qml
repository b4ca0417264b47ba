// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Desktop
import Millrace.Theme

// A line of a list of choices: `icon.name`, or the check mark where it is checkable.
T.ItemDelegate {
    id: item

    implicitHeight: Theme.size.control
    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    padding: 0
    horizontalPadding: Theme.space.s
    spacing: Theme.space.s
    opacity: enabled ? 1 : Theme.faded
    hoverEnabled: true
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body
    Accessible.role: Accessible.ListItem
    Accessible.name: text

    contentItem: Row { // qmllint disable deferred-property-id
        spacing: item.spacing
        SvgIcon {
            id: mark
            visible: item.icon.name.length > 0 || item.checkable
            name: item.checkable ? (item.checked ? "check" : "") : item.icon.name
            color: Theme.color.textSecond
            width: Theme.size.iconMedium
            height: Theme.size.iconMedium
            anchors.verticalCenter: parent.verticalCenter
        }
        Text {
            width: Math.min(implicitWidth, item.availableWidth - (mark.visible ? mark.width + item.spacing : 0))
            text: item.text
            color: Theme.color.text
            font: item.font
            elide: Text.ElideMiddle
            textFormat: Text.PlainText
            anchors.verticalCenter: parent.verticalCenter
        }
    }
    background: Rectangle {
        radius: Theme.size.radiusSmall
        color: item.highlighted || item.hovered ? Theme.color.raised : "transparent"
        FocusRing {
            shown: item.visualFocus
            radius: Theme.size.radiusSmall
        }
    }
}
