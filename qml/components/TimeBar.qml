// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The one time bar of all pages: pause, the way through the past, the window, and the two cursors while they are set.
Row {
    id: bar

    required property ShellViewModel shell

    readonly property TimeView time: shell.session.time

    spacing: Theme.space.s

    RoundButton {
        objectName: "cursors"
        visible: bar.time.pinned
        icon.name: "cross"
        text: bar.time.cursorText
        ToolTip.text: qsTr("Remove the cursors (Esc on a chart)")
        onClicked: bar.time.clearCursors()
    }
    Row {
        RoundButton {
            objectName: "back"
            icon.name: "chevron-left"
            Accessible.name: qsTr("Earlier")
            ToolTip.text: qsTr("A quarter of the window earlier (←)")
            onClicked: bar.time.pan(-1)
        }
        RoundButton {
            objectName: "forward"
            icon.name: "chevron-right"
            enabled: bar.time.paused
            Accessible.name: qsTr("Later")
            ToolTip.text: qsTr("A quarter of the window later (→)")
            onClicked: bar.time.pan(1)
        }
    }
    RoundButton {
        objectName: "pause"
        icon.name: bar.time.paused ? "play" : "pause"
        text: bar.time.paused ? bar.time.stateText : qsTr("Pause")
        checked: bar.time.paused
        ToolTip.text: bar.time.paused ? qsTr("Return to now (Space or End)") : qsTr("Pause the view; data keeps arriving (Space)")
        onClicked: bar.time.togglePause()
    }
    // What arrived since the view was paused.
    Tag {
        objectName: "missed"
        visible: bar.time.paused && bar.time.missed > 0
        anchors.verticalCenter: parent.verticalCenter
        width: Math.max(implicitWidth, Theme.size.badge)
        text: bar.time.missed > 999 ? "999+" : "+" + bar.time.missed
        ink: Theme.color.accent
        ToolTip.text: qsTr("%1 s of data arrived meanwhile").arg(bar.time.missed)
        ToolTip.visible: counted.hovered
        ToolTip.delay: Theme.duration.tooltip
        HoverHandler {
            id: counted
        }
    }
    RoundButton {
        objectName: "zoomBack"
        visible: bar.time.custom
        icon.name: "undo"
        Accessible.name: qsTr("Zoom back")
        ToolTip.text: qsTr("Back to what was shown before the zoom (double click on a chart)")
        onClicked: bar.time.zoomBack()
    }
    ComboBox {
        objectName: "window"
        radius: height / 2
        model: bar.time.windowTexts
        currentIndex: bar.time.custom ? -1 : bar.time.windowIndex
        displayText: bar.time.windowText
        Accessible.name: qsTr("Window of time: %1").arg(displayText)
        ToolTip.text: qsTr("How much time is shown: Ctrl+wheel over a chart; drag on one to zoom")
        onActivated: index => bar.time.windowIndex = index
        // It has the focus after a choice; End is for time then, not for its last entry.
        Keys.onPressed: event => event.accepted = !popup.visible && event.key !== Qt.Key_Space && bar.shell.steer(event.key, event.modifiers)
    }
}
