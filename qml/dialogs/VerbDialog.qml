// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Style
import Millrace.Theme

// Confirmation before what cannot be undone; the button carries the verb.
Dialog {
    id: dialog

    required property string question
    required property string verb

    onOpened: cancel.forceActiveFocus()

    Label {
        width: dialog.availableWidth
        text: dialog.question
        color: Theme.color.textSecond
        lineHeight: 1.25
        wrapMode: Text.Wrap
    }
    footer: DialogButtonBox {
        Button {
            id: cancel
            text: qsTr("Cancel")
            onClicked: dialog.reject()
        }
        Button {
            objectName: "verb"
            text: dialog.verb
            danger: true
            onClicked: dialog.accept()
        }
    }
}
