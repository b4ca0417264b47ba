// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// How long a model may be unused before it is unloaded: as for all, or a separate time.
Dialog {
    id: dialog

    required property IdleTtlEditor editor

    objectName: "idle-ttl"
    title: qsTr("Unload %1 when unused for").arg(dialog.editor.model)
    onOpened: choice.forceActiveFocus()
    onAccepted: dialog.editor.apply()

    Connections {
        target: dialog.editor
        function onOpened() {
            amount.text = dialog.editor.amount;
            dialog.open();
        }
    }

    contentItem: Column { // qmllint disable deferred-property-id
        spacing: Theme.space.m
        Label {
            objectName: "idle-ttl-holds"
            width: parent.width
            text: dialog.editor.holds
            wrapMode: Text.Wrap
            elide: Text.ElideNone
            color: Theme.color.textSecond
            font.pixelSize: Theme.font.small
        }
        ComboBox {
            id: choice
            objectName: "idle-ttl-choice"
            width: parent.width
            model: dialog.editor.choices
            currentIndex: dialog.editor.choice
            onActivated: index => dialog.editor.choice = index
            Accessible.name: qsTr("Unload when unused for")
        }
        Row {
            visible: dialog.editor.custom
            width: parent.width
            spacing: Theme.space.s
            TextField {
                id: amount
                objectName: "idle-ttl-amount"
                width: parent.width - unit.width - parent.spacing
                height: unit.height
                placeholderText: qsTr("Number")
                invalid: dialog.editor.problem.length > 0
                inputMethodHints: Qt.ImhFormattedNumbersOnly
                onTextEdited: dialog.editor.amount = text
                Keys.onReturnPressed: if (dialog.editor.acceptable) dialog.accept()
                Keys.onEnterPressed: if (dialog.editor.acceptable) dialog.accept()
                Accessible.name: qsTr("Time without use")
                Accessible.description: dialog.editor.problem
            }
            ComboBox {
                id: unit
                objectName: "idle-ttl-unit"
                width: Theme.size.fieldWidth / 2
                model: dialog.editor.units
                currentIndex: dialog.editor.unit
                onActivated: index => dialog.editor.unit = index
                Accessible.name: qsTr("Unit")
            }
        }
        Label {
            objectName: "idle-ttl-problem"
            visible: text.length > 0
            width: parent.width
            text: dialog.editor.problem
            wrapMode: Text.Wrap
            elide: Text.ElideNone
            color: Theme.color.critical
            font.pixelSize: Theme.font.small
        }
    }
    footer: DialogButtonBox {
        Button {
            text: qsTr("Cancel")
            onClicked: dialog.reject()
        }
        Button {
            objectName: "idle-ttl-apply"
            text: qsTr("Apply")
            highlighted: true
            enabled: dialog.editor.acceptable
            onClicked: dialog.accept()
        }
    }
}
