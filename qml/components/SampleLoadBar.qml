// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The next step while nothing was served yet, and what runs when it was taken.
Rectangle {
    id: bar

    required property ShellViewModel shell

    readonly property SampleLoad load: shell.sampleLoad
    readonly property bool shown: load.running || load.state === SampleLoad.Failed || (load.wanted && shell.engine.connected && !shell.session.demo)

    implicitHeight: shown ? Theme.size.hintBar : 0
    visible: shown
    color: Theme.color.panel
    Accessible.role: Accessible.Pane
    Accessible.name: words.text

    Label {
        id: words
        x: Theme.space.xl
        width: buttons.x - x - Theme.space.m
        height: parent.height
        text: bar.load.text
        color: Theme.color.textSecond
    }
    Row {
        id: buttons
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.xl
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.space.s
        Button {
            objectName: "startSampleLoad"
            visible: bar.load.startable
            text: qsTr("Start sample load")
            icon.name: "play"
            highlighted: true
            onClicked: bar.load.start()
        }
        Button {
            objectName: "restartSampleLoad"
            visible: bar.load.running
            text: qsTr("Restart")
            icon.name: "undo"
            onClicked: bar.load.restart()
        }
        Button {
            objectName: "stopSampleLoad"
            visible: bar.load.running
            text: qsTr("Stop")
            icon.name: "stop"
            onClicked: bar.load.stop()
        }
        Button {
            visible: bar.load.wanted && bar.shell.engine.curl.length > 0
            text: qsTr("Copy as curl")
            icon.name: "copy"
            onClicked: bar.shell.copy(bar.shell.engine.curl, qsTr("curl command"))
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
}
