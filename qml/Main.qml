// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The window: rail, top bar, what is wrong, the open page, status bar.
ApplicationWindow {
    id: window

    required property ShellViewModel shell

    // The open page is being made; it is there when this is false again.
    readonly property bool loading: (hosts.itemAt(shell.page) as PageHost)?.loading ?? false

    width: Theme.size.windowWidth
    height: Theme.size.windowHeight
    minimumWidth: Theme.size.windowWidthMin
    minimumHeight: Theme.size.windowHeightMin
    visible: true
    title: shell.pageTitle + " – Millrace"

    Binding {
        target: Theme
        property: "dark"
        value: window.shell.preferences.dark
    }
    Binding {
        target: Theme
        property: "unknown"
        value: window.shell.session.stale
    }

    onClosing: close => close.accepted = shell.mayClose()

    // Keys that steer time come here when no control took them: a text field takes them all, a button its Space, a list
    // the arrows it moves by.
    FocusScope {
        id: body
        anchors.fill: parent
        focus: true
        Keys.onPressed: event => event.accepted = window.shell.steer(event.key, event.modifiers)

        NavigationRail {
            id: rail
            shell: window.shell
            narrow: window.width < Theme.size.narrow
            height: parent.height
            width: implicitWidth
        }
        TopBar {
            id: topBar
            shell: window.shell
            anchors.left: rail.right
            anchors.right: parent.right
            onSearchRequested: palette.open()
        }
        OutageBanner {
            id: outage
            health: window.shell.health
            anchors.top: topBar.bottom
            anchors.left: rail.right
            anchors.right: parent.right
            height: implicitHeight
        }
        SampleLoadBar {
            id: sample
            shell: window.shell
            anchors.top: outage.bottom
            anchors.left: rail.right
            anchors.right: parent.right
            height: implicitHeight
        }
        Item {
            id: pages
            anchors.top: sample.bottom
            anchors.bottom: statusBar.top
            anchors.left: rail.right
            anchors.right: parent.right
            // What is from before looks like it.
            opacity: window.shell.session.stale ? Theme.stale : 1

            Repeater {
                id: hosts
                model: window.shell.pages
                PageHost {
                    shell: window.shell
                    anchors.fill: parent
                }
            }
        }
        StatusBar {
            id: statusBar
            shell: window.shell
            anchors.bottom: parent.bottom
            anchors.left: rail.right
            anchors.right: parent.right
        }
        Toast {
            shell: window.shell
            anchors.bottom: statusBar.top
            anchors.bottomMargin: Theme.space.l
            anchors.horizontalCenter: pages.horizontalCenter
        }
    }

    CommandPalette {
        id: palette
        shell: window.shell
    }
    Shortcuts {
        id: shortcuts
    }
    VerbDialog {
        id: stop
        title: qsTr("Stop the engine?")
        question: window.shell.engine.stopQuestion
        verb: qsTr("Stop engine")
        onAccepted: window.shell.engine.stop()
    }
    VerbDialog {
        id: restart
        title: qsTr("Restart the engine?")
        question: window.shell.engine.restartQuestion
        verb: qsTr("Restart engine")
        onAccepted: window.shell.engine.restart()
    }
    CloseQuestion {
        id: closing
        shell: window.shell
    }
    Connections {
        target: window.shell
        function onShortcutsRequested() {
            shortcuts.open();
        }
        function onStopRequested() {
            stop.open();
        }
        function onRestartRequested() {
            restart.open();
        }
        function onCloseRequested() {
            closing.open();
        }
        function onQuitRequested() {
            window.close();
        }
    }

    Shortcut {
        sequence: "Ctrl+K"
        onActivated: palette.open()
    }
    Shortcut {
        sequence: "F1"
        onActivated: shortcuts.open()
    }
    Shortcut {
        sequence: "Ctrl+F"
        onActivated: window.shell.findRequested()
    }
    Instantiator {
        model: 9
        Shortcut {
            required property int index
            sequence: "Ctrl+" + (index + 1)
            onActivated: window.shell.page = index
        }
    }
}
