// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// One setting: what it is, its value, and below it the range, the default and where the value comes from.
FocusScope {
    id: field

    required property string path
    required property string title
    required property string help
    required property int type
    required property string unit
    required property string value
    required property string typed
    required property string display
    required property string normal
    required property string info
    required property string note
    required property string problem
    required property list<string> choices
    required property bool pending
    required property bool modified
    required property bool restart
    required property bool locked
    property bool writable: true

    signal edited(string text)
    signal reverted
    signal resetRequested

    readonly property bool narrow: width < Theme.size.settingFolded
    readonly property real editorWidth: narrow ? Theme.size.editorNarrow : Theme.size.editor
    readonly property bool isText: type === SettingList.Line

    implicitHeight: Math.max(words.implicitHeight, right.implicitHeight) + Theme.space.l

    // Of the title in one line: the implicit width of a text that wraps follows from its width.
    TextMetrics {
        id: natural
        font: titleText.font
        text: field.title
    }
    Column {
        id: words
        y: Theme.space.s
        width: field.narrow ? field.width - field.editorWidth - actions.width - Theme.space.m : (field.width - field.editorWidth - actions.width) * 0.54
        spacing: 2
        Row {
            spacing: Theme.space.s
            width: parent.width
            Label {
                id: titleText
                width: Math.min(Math.ceil(natural.advanceWidth) + 1, parent.width - (restartTag.visible ? restartTag.width + Theme.space.s : 0))
                text: field.title
                font.weight: Font.DemiBold
                wrapMode: Text.Wrap
            }
            Tag {
                id: restartTag
                visible: field.restart
                implicitHeight: Theme.size.tagSmall
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
    }

    // What was edited has a bar beside it; what has the focus has a frame: the two cannot be taken for each other.
    Rectangle {
        objectName: "pending-mark"
        visible: field.pending
        x: right.x - Theme.space.s
        y: right.y
        width: Theme.size.mark
        height: Theme.size.field
        radius: width / 2
        color: field.problem.length > 0 ? Theme.color.critical : Theme.color.warning
    }
    Column {
        id: right
        x: words.width + Theme.space.m
        y: Theme.space.s
        width: actions.x - x - Theme.space.xs
        spacing: Theme.space.xs

        Item {
            width: parent.width
            height: Math.max(Theme.size.field, beside.visible ? beside.implicitHeight : 0)

            Item {
                id: editor
                width: field.editorWidth
                height: Theme.size.field
                enabled: field.writable && !field.locked

                // Repeaters of one or none: in Qt 6.4 a Loader cannot make components that are bound to their context.
                Repeater {
                    model: field.type === SettingList.Switch ? 1 : 0
                    Switch {
                        focus: true
                        y: (editor.height - height) / 2
                        objectName: field.path
                        Accessible.name: field.title
                        checked: field.value === "true"
                        onToggled: field.edited(checked ? "true" : "false")
                    }
                }
                Repeater {
                    model: field.type === SettingList.Choice ? 1 : 0
                    ComboBox {
                        focus: true
                        y: (editor.height - height) / 2
                        objectName: field.path
                        Accessible.name: field.title
                        model: field.choices
                        currentIndex: field.choices.indexOf(field.value)
                        onActivated: index => field.edited(field.choices[index])
                    }
                }
                Repeater {
                    model: field.isText ? 1 : 0
                    TextField {
                        focus: true
                        width: editor.width
                        height: editor.height
                        objectName: field.path
                        Accessible.name: field.title
                        unit: field.unit
                        placeholderText: field.normal
                        invalid: field.problem.length > 0
                        text: activeFocus ? field.typed : field.display
                        onTextEdited: field.edited(text)
                        Keys.onEscapePressed: field.reverted()
                    }
                }
            }
            Label {
                id: beside
                visible: !field.narrow && text.length > 0
                anchors.left: editor.right
                anchors.leftMargin: Theme.space.m
                anchors.right: parent.right
                height: parent.height
                text: field.note
                color: Theme.color.textSecond
                font.pixelSize: Theme.font.small
                verticalAlignment: Text.AlignVCenter
                wrapMode: Text.Wrap
            }
        }
        Label {
            visible: field.narrow && text.length > 0
            width: parent.width
            text: field.note
            color: Theme.color.textSecond
            font.pixelSize: Theme.font.small
            wrapMode: Text.Wrap
        }
        Row {
            visible: field.problem.length > 0
            width: parent.width
            spacing: Theme.space.xs
            SvgIcon {
                name: "error"
                color: Theme.color.critical
                width: Theme.size.iconSmall
                height: Theme.size.iconSmall
            }
            Label {
                objectName: "problem-" + field.path
                width: parent.width - Theme.size.iconSmall - Theme.space.xs
                text: field.problem
                color: Theme.color.critical
                font.pixelSize: Theme.font.small
                wrapMode: Text.Wrap
            }
        }
        Label {
            visible: text.length > 0
            width: parent.width
            text: field.info
            color: Theme.color.textThird
            font.pixelSize: Theme.font.small
            wrapMode: Text.Wrap
        }
    }
    Item {
        id: actions
        anchors.right: parent.right
        y: Theme.space.s + (Theme.size.field - Theme.size.control) / 2
        width: Theme.size.control
        height: Theme.size.control
        Button {
            visible: field.pending || (field.modified && !field.locked)
            enabled: field.writable && !field.locked
            icon.name: "undo"
            flat: true
            ToolTip.text: field.pending ? qsTr("Undo the edit of %1").arg(field.title) : qsTr("Reset %1 to its default").arg(field.title)
            onClicked: field.pending ? field.reverted() : field.resetRequested()
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.grid
    }
}
