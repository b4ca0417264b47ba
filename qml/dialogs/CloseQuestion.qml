// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Closing while an engine runs that was started from here: it goes on, or it stops.
Dialog {
    id: dialog

    required property ShellViewModel shell

    title: qsTr("Keep the engine running?")
    onOpened: keep.forceActiveFocus()

    Column {
        width: dialog.availableWidth
        spacing: Theme.space.m
        Label {
            width: parent.width
            text: qsTr("The engine was started from this console and listens on %1. %2").arg(dialog.shell.engine.endpoint).arg(dialog.shell.engine.runningText)
            color: Theme.color.textSecond
            lineHeight: 1.25
            wrapMode: Text.Wrap
        }
        CheckBox {
            id: always
            text: qsTr("Do the same next time")
        }
    }
    footer: DialogButtonBox {
        Button {
            text: qsTr("Cancel")
            onClicked: dialog.reject()
        }
        Button {
            objectName: "stopEngine"
            text: qsTr("Stop engine")
            danger: true
            onClicked: dialog.choose(true)
        }
        Button {
            id: keep
            objectName: "keepEngine"
            text: qsTr("Keep running")
            highlighted: true
            onClicked: dialog.choose(false)
        }
    }

    function choose(stop: bool) {
        dialog.accept();
        dialog.shell.closeWith(stop, always.checked);
    }
}
