// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Style
import Millrace.Theme

// One applied configuration: what it changed, when and by whom, and what came of it where it was guarded.
Rectangle {
    id: item

    required property double revision
    required property string timeText
    required property string author
    required property string text
    required property string outcome
    required property bool bad
    required property bool isActive
    required property bool chosen
    property bool writable: true

    signal chosenHere
    signal rollBackRequested

    implicitHeight: lines.height + 2 * Theme.space.xs
    color: chosen ? Theme.color.raised : hover.hovered ? Theme.faint(Theme.color.raised, 0.5) : "transparent"
    radius: Theme.space.xs
    activeFocusOnTab: true
    Accessible.role: Accessible.ListItem
    Accessible.name: qsTr("Revision %1, %2").arg(revision).arg(text) + (outcome.length > 0 ? ", " + outcome : "")
    Accessible.onPressAction: item.chosenHere()
    Keys.onReturnPressed: item.chosenHere()
    Keys.onSpacePressed: item.chosenHere()

    Label {
        id: number
        x: Theme.space.s
        y: Theme.space.xs
        width: Theme.size.revision
        text: item.revision
        color: item.isActive ? Theme.color.ok : Theme.color.textSecond
        font.weight: item.isActive ? Font.DemiBold : Font.Normal
        font.pixelSize: Theme.font.small
    }
    Column {
        id: lines
        x: number.x + number.width
        y: Theme.space.xs
        width: parent.width - x - (back.visible ? back.width : 0) - Theme.space.s
        spacing: 1
        Label {
            width: parent.width
            text: item.text
            font.pixelSize: Theme.font.small
            wrapMode: Text.Wrap
            maximumLineCount: 3
        }
        Label {
            visible: item.outcome.length > 0
            width: parent.width
            text: item.outcome
            color: item.bad ? Theme.color.warning : Theme.color.textSecond
            font.pixelSize: Theme.font.tiny
            wrapMode: Text.Wrap
        }
        Label {
            width: parent.width
            text: item.timeText + (item.author.length > 0 ? " · " + item.author : "") + (item.isActive ? " · " + qsTr("active") : "")
            color: Theme.color.textThird
            font.pixelSize: Theme.font.tiny
        }
    }
    Button {
        id: back
        visible: !item.isActive
        opacity: hover.hovered || activeFocus || item.chosen ? 1 : 0
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        enabled: item.writable
        icon.name: "undo"
        flat: true
        ToolTip.text: qsTr("Roll back to revision %1").arg(item.revision)
        onClicked: item.rollBackRequested()
    }
    HoverHandler {
        id: hover
    }
    TapHandler {
        onTapped: item.chosenHere()
    }
    FocusRing {
        shown: item.activeFocus
        radius: parent.radius
    }
}
