// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Where one is, how the engine is, and the one time bar of all pages.
Rectangle {
    id: bar

    required property ShellViewModel shell
    signal searchAsked

    implicitHeight: Theme.size.topBar
    color: Theme.color.panel

    function moodColor(mood: int): color {
        switch (mood) {
        case EngineViewModel.Good:
            return Theme.color.ok;
        case EngineViewModel.Busy:
            return Theme.color.accent;
        case EngineViewModel.Warning:
            return Theme.color.warning;
        default:
            return Theme.color.critical;
        }
    }

    Row {
        x: Theme.space.xl
        height: parent.height
        width: tools.x - x - Theme.space.m
        spacing: Theme.space.m
        clip: true
        Label {
            id: title
            height: parent.height
            verticalAlignment: Text.AlignVCenter
            text: bar.shell.pageTitle
            font.pixelSize: Theme.font.title
            font.weight: Font.DemiBold
            Accessible.role: Accessible.Heading
            Accessible.name: text
        }
        Tag {
            visible: bar.shell.session.demo
            anchors.verticalCenter: parent.verticalCenter
            text: qsTr("Demo data")
            ink: Theme.color.warning
        }
        Label {
            height: parent.height
            width: Math.min(implicitWidth, parent.width - x)
            topPadding: 2
            text: bar.shell.pageSubtitle
            color: Theme.color.textSecond
            font.pixelSize: Theme.font.small
        }
    }

    Row {
        id: tools
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.xl
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.space.s + 2

        RoundButton {
            id: pill
            leftPadding: Theme.space.m + Theme.size.dot + Theme.space.s
            rightPadding: Theme.space.m
            text: bar.shell.engine.headline
            ToolTip.text: bar.shell.engine.problem
            onClicked: engineMenu.popup(pill, 0, pill.height + 4)
            Dot {
                x: Theme.space.m
                anchors.verticalCenter: parent.verticalCenter
                color: bar.moodColor(bar.shell.engine.mood)
            }
        }
        TimeBar {
            time: bar.shell.session.time
        }
        RoundButton {
            objectName: "search"
            icon.name: "search"
            text: qsTr("Search  Ctrl+K")
            onClicked: bar.searchAsked()
        }
    }

    Menu {
        id: engineMenu
        MenuItem {
            icon.name: "copy"
            text: qsTr("Copy endpoint")
            enabled: bar.shell.engine.endpoint.length > 0
            onTriggered: bar.shell.copy("http://" + bar.shell.engine.endpoint, qsTr("Endpoint"))
        }
        MenuItem {
            icon.name: "theme"
            text: Theme.dark ? qsTr("Light theme") : qsTr("Dark theme")
            onTriggered: bar.shell.preferences.theme = Theme.dark ? Preferences.Light : Preferences.Dark
        }
        MenuItem {
            icon.name: "keyboard"
            text: qsTr("Keyboard shortcuts")
            onTriggered: bar.shell.shortcutsRequested()
        }
        MenuItem {
            icon.name: "stop"
            text: qsTr("Stop engine…")
            enabled: bar.shell.engine.connected
            onTriggered: bar.shell.stopRequested()
        }
    }

    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
}
