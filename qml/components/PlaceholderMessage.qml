// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Why there is nothing here, and what to do next.
Column {
    id: empty

    required property string iconName
    required property string title
    property string text
    property string action
    signal actionTriggered

    spacing: Theme.space.s
    width: Theme.size.placeholder

    SvgIcon {
        anchors.horizontalCenter: parent.horizontalCenter
        name: empty.iconName
        color: Theme.color.textThird
        width: Theme.size.iconLarge
        height: Theme.size.iconLarge
    }
    Label {
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: empty.title
        font.pixelSize: Theme.font.heading
        font.weight: Font.DemiBold
        wrapMode: Text.Wrap
    }
    Label {
        visible: text.length > 0
        width: parent.width
        horizontalAlignment: Text.AlignHCenter
        text: empty.text
        color: Theme.color.textSecond
        lineHeight: 1.25
        wrapMode: Text.Wrap
    }
    Button {
        visible: empty.action.length > 0
        anchors.horizontalCenter: parent.horizontalCenter
        text: empty.action
        highlighted: true
        onClicked: empty.actionTriggered()
    }
}
