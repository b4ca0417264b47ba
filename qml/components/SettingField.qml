// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// One setting: what it is, its value, and what is to be said about it.
Item {
    id: field

    required property string path
    required property string title
    required property string help
    required property string type
    required property string unit
    required property string value
    required property string note
    required property string problem
    required property string effect
    required property list<string> choices
    required property bool staged
    required property bool modified
    required property bool restart
    property bool writable: true

    signal edited(string text)
    signal undone
    signal resetAsked

    readonly property bool narrow: width < 560
    readonly property real editorWidth: narrow ? 160 : 190

    implicitHeight: Math.max(words.implicitHeight, Theme.size.field, notes.visible ? notes.implicitHeight : 0) + Theme.space.m + 6

    Column {
        id: words
        anchors.verticalCenter: parent.verticalCenter
        width: field.narrow ? parent.width - field.editorWidth - actions.width - Theme.space.l : (parent.width - field.editorWidth) * 0.58
        spacing: 2
        Row {
            spacing: Theme.space.s
            width: parent.width
            Label {
                width: Math.min(implicitWidth, parent.width - (tags.visible ? tags.width + Theme.space.s : 0))
                text: field.title
                font.weight: Font.DemiBold
            }
            Tag {
                id: tags
                visible: field.restart
                implicitHeight: 17
                text: qsTr("restart")
                ink: Theme.color.warning
            }
        }
        Label {
            width: parent.width - Theme.space.m
            text: field.help
            color: Theme.color.textSecond
            font.pixelSize: Theme.font.small
            wrapMode: Text.Wrap
        }
        Label {
            visible: field.narrow && text.length > 0
            width: parent.width - Theme.space.m
            text: field.problem.length > 0 ? field.problem : field.note
            color: field.problem.length > 0 ? Theme.color.critical : Theme.color.textThird
            font.pixelSize: Theme.font.small
            wrapMode: Text.Wrap
        }
    }

    Item {
        id: editor
        x: words.width + Theme.space.m
        width: field.editorWidth
        height: Theme.size.field
        anchors.verticalCenter: parent.verticalCenter
        enabled: field.writable

        // Repeaters of one or none: in Qt 6.4 a Loader cannot make components that are bound to their context.
        Repeater {
            model: field.type === "switch" ? 1 : 0
            Switch {
                anchors.verticalCenter: parent.verticalCenter
                Accessible.name: field.title
                checked: field.value === "true"
                onToggled: field.edited(checked ? "true" : "false")
            }
        }
        Repeater {
            model: field.type === "choice" ? 1 : 0
            ComboBox {
                anchors.verticalCenter: parent.verticalCenter
                Accessible.name: field.title
                model: field.choices
                currentIndex: field.choices.indexOf(field.value)
                onActivated: index => field.edited(field.choices[index])
            }
        }
        Repeater {
            model: field.type !== "switch" && field.type !== "choice" ? 1 : 0
            TextField {
                anchors.fill: parent
                objectName: field.path
                Accessible.name: field.title
                unit: field.unit
                edited: field.staged
                invalid: field.problem.length > 0
                text: field.value
                onTextEdited: field.edited(text)
                Keys.onEscapePressed: field.undone()
            }
        }
    }

    Column {
        id: notes
        visible: !field.narrow
        anchors.left: editor.right
        anchors.leftMargin: Theme.space.m
        anchors.right: actions.left
        anchors.rightMargin: Theme.space.xs
        anchors.verticalCenter: parent.verticalCenter
        spacing: 2
        Row {
            visible: field.problem.length > 0
            width: parent.width
            spacing: Theme.space.xs
            SvgIcon {
                name: "error"
                color: Theme.color.critical
                width: 14
                height: 14
            }
            Label {
                width: parent.width - 18
                text: field.problem
                color: Theme.color.critical
                font.pixelSize: Theme.font.small
                wrapMode: Text.Wrap
            }
        }
        Label {
            visible: field.problem.length === 0 && text.length > 0
            width: parent.width
            text: field.note
            color: field.staged ? Theme.color.textSecond : Theme.color.textThird
            font.pixelSize: Theme.font.small
            wrapMode: Text.Wrap
        }
    }
    Row {
        id: actions
        anchors.right: parent.right
        anchors.verticalCenter: parent.verticalCenter
        width: 34
        layoutDirection: Qt.RightToLeft
        Button {
            visible: field.staged || field.modified
            enabled: field.writable
            icon.name: "undo"
            flat: true
            ToolTip.text: field.staged ? qsTr("Undo the change of %1").arg(field.title) : qsTr("Reset %1 to its default").arg(field.title)
            onClicked: field.staged ? field.undone() : field.resetAsked()
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.grid
    }
}
