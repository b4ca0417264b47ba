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
    signal searchRequested

    implicitHeight: Theme.size.topBar
    color: Theme.color.panel

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
        Tag {
            objectName: "stale"
            visible: bar.shell.session.stale
            anchors.verticalCenter: parent.verticalCenter
            text: bar.shell.session.asOf
            ink: Theme.color.warning
        }
        Label {
            height: parent.height
            width: Math.min(implicitWidth, parent.width - x)
            topPadding: 2
            opacity: width < Math.min(implicitWidth, Theme.size.menuWidth) ? 0 : 1   // the first word of it says nothing
            text: bar.shell.pageSubtitle
            color: Theme.color.textSecond
            font.pixelSize: Theme.font.small
        }
    }

    Row {
        id: tools
        readonly property bool now: bar.shell.session.time.past   // health is of now, whatever moment pages show
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.xl
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.space.s + 2

        NowTag {
            visible: tools.now
            anchors.verticalCenter: parent.verticalCenter
        }
        HealthPill {
            id: pill
            width: Math.min(implicitWidth, Theme.size.healthPillMax)
            health: bar.shell.health
            detail: bar.shell.engine.upText
            ToolTip.text: panel.visible ? "" : bar.shell.health.description
            onClicked: panel.open()
            HealthPanel {
                id: panel
                shell: bar.shell
                x: pill.width - width
                y: pill.height + Theme.space.xs
            }
        }
        TimeBar {
            shell: bar.shell
        }
        RoundButton {
            objectName: "search"
            icon.name: "search"
            text: qsTr("Search  Ctrl+K")
            onClicked: bar.searchRequested()
        }
        RoundButton {
            id: more
            objectName: "more"
            icon.name: "more"
            ToolTip.text: qsTr("More")
            onClicked: moreMenu.popup(more, more.width - moreMenu.width, more.height + Theme.space.xs)
        }
    }

    Menu {
        id: moreMenu
        objectName: "more-menu"
        // Made for menus within this one: a Menu has no icon before Qt 6.5.
        delegate: MenuItem {
            icon.name: "language"
        }
        MenuItem {
            icon.name: "theme"
            text: Theme.dark ? qsTr("Light theme") : qsTr("Dark theme")
            onTriggered: bar.shell.preferences.theme = Theme.dark ? Preferences.Light : Preferences.Dark
        }
        // The names of languages are said in these languages.
        Menu {
            id: languages
            title: qsTr("Language")
            readonly property Preferences preferences: bar.shell.preferences
            MenuItem {
                checkable: true
                text: qsTr("Language of the desktop")
                checked: languages.preferences.language === Preferences.DesktopLanguage
                onTriggered: languages.preferences.language = Preferences.DesktopLanguage
            }
            MenuItem {
                checkable: true
                text: "English"
                checked: languages.preferences.language === Preferences.English
                onTriggered: languages.preferences.language = Preferences.English
            }
            MenuItem {
                checkable: true
                text: "Deutsch"
                checked: languages.preferences.language === Preferences.German
                onTriggered: languages.preferences.language = Preferences.German
            }
        }
        MenuItem {
            icon.name: bar.shell.sampleLoad.running ? "stop" : "play"
            text: bar.shell.sampleLoad.running ? qsTr("Stop sample load") : qsTr("Start sample load")
            enabled: bar.shell.sampleLoad.running || bar.shell.sampleLoad.startable
            onTriggered: bar.shell.sampleLoad.running ? bar.shell.sampleLoad.stop() : bar.shell.sampleLoad.start()
        }
        MenuItem {
            icon.name: "keyboard"
            text: qsTr("Keyboard shortcuts")
            onTriggered: bar.shell.shortcutsRequested()
        }
    }

    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
}
