// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The window: rail, top bar, the open page, status bar.
ApplicationWindow {
    id: window

    required property ShellViewModel shell

    readonly property color mood: topBar.moodColor(shell.engine.mood)

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

    onClosing: shell.keepGeometry(x, y, width, height)

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
        onSearchAsked: palette.open()
    }
    ConnectionBanner {
        id: away
        shell: window.shell
        mood: window.mood
        anchors.top: topBar.bottom
        anchors.left: rail.right
        anchors.right: parent.right
        height: implicitHeight
    }
    Item {
        id: pages
        anchors.top: away.bottom
        anchors.bottom: statusBar.top
        anchors.left: rail.right
        anchors.right: parent.right
        // What is from before looks like it.
        opacity: window.shell.session.stale ? 0.55 : 1

        Repeater {
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
        mood: window.mood
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

    CommandPalette {
        id: palette
        shell: window.shell
    }
    Shortcuts {
        id: shortcuts
    }
    Dialog {
        id: stop
        title: qsTr("Stop the engine?")
        onAccepted: window.shell.engine.stop()
        onOpened: keep.forceActiveFocus()
        Label {
            width: stop.availableWidth
            text: window.shell.engine.stopQuestion
            color: Theme.color.textSecond
            lineHeight: 1.25
            wrapMode: Text.Wrap
        }
        footer: DialogButtonBox {
            Button {
                id: keep
                text: qsTr("Cancel")
                onClicked: stop.reject()
            }
            Button {
                text: qsTr("Stop engine")
                danger: true
                onClicked: stop.accept()
            }
        }
    }
    Connections {
        target: window.shell
        function onShortcutsRequested() {
            shortcuts.open();
        }
        function onStopRequested() {
            stop.open();
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
    Shortcut {
        sequence: "Space"
        enabled: !window.typing
        onActivated: window.shell.session.time.togglePause()
    }
    Shortcut {
        sequence: "End"
        enabled: !window.typing
        onActivated: window.shell.session.time.goLive()
    }
    Shortcut {
        sequence: "Left"
        enabled: !window.typing
        onActivated: window.shell.session.time.pan(-1)
    }
    Shortcut {
        sequence: "Right"
        enabled: !window.typing
        onActivated: window.shell.session.time.pan(1)
    }
    Instantiator {
        model: 9
        Shortcut {
            required property int index
            sequence: "Ctrl+" + (index + 1)
            onActivated: window.shell.page = index
        }
    }

    // Keys that steer time are letters and moves inside a field or a list that has the focus.
    readonly property bool typing: activeFocusItem instanceof TextInput || activeFocusItem instanceof TextEdit || activeFocusItem instanceof Button || activeFocusItem instanceof ListView
}
