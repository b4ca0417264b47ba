// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Controls.Basic as QC
import QtQuick.Templates as T
import Millrace

// Asks before what cannot be undone; the button carries the verb.
QC.Popup {
    id: popup

    required property string title
    required property string question
    required property string verb
    signal confirmed

    parent: T.Overlay.overlay
    anchors.centerIn: parent
    width: 420
    padding: Theme.space.xl
    modal: true
    focus: true
    background: Card {}
    T.Overlay.modal: Rectangle {
        color: Theme.color.shade
    }
    onOpened: cancel.forceActiveFocus()

    contentItem: Column { // qmllint disable deferred-property-id
        spacing: Theme.space.m
        Accessible.role: Accessible.Dialog
        Accessible.name: popup.title
        Txt {
            width: parent.width
            text: popup.title
            font.pixelSize: Theme.font.heading
            font.weight: Font.DemiBold
        }
        Text {
            width: parent.width
            text: popup.question
            color: Theme.color.textSecond
            font.family: Theme.font.family
            font.pixelSize: Theme.font.body
            lineHeight: 1.25
            wrapMode: Text.Wrap
            textFormat: Text.PlainText
        }
        Row {
            anchors.right: parent.right
            spacing: Theme.space.s
            Btn {
                id: cancel
                text: qsTr("Cancel")
                onClicked: popup.close()
            }
            Btn {
                text: popup.verb
                look: Btn.Look.Danger
                onClicked: {
                    popup.close();
                    popup.confirmed();
                }
            }
        }
    }
}
