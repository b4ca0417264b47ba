// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Dialogs
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The configuration as a text: what is wrong is marked where it is, and nothing that was typed is lost.
Item {
    id: editor

    required property ShellViewModel shell
    required property SettingsViewModel page
    readonly property JsonViewModel json: page.json
    readonly property bool writable: page.session.writable
    readonly property bool hasProblem: json.problem.length > 0
    readonly property rect mark: area.length >= 0 && json.problemAt >= 0 ? area.positionToRectangle(json.problemAt) : Qt.rect(0, 0, 0, 0)
    readonly property rect markEnd: area.length >= 0 && json.problemAt >= 0 ? area.positionToRectangle(json.problemAt + json.problemLength) : Qt.rect(0, 0, 0, 0)
    /// Where the group is that was shown before; -1: everything of it is at its default.
    readonly property int askedAt: visible && area.length >= 0 ? json.offsetOf(page.group) : -1
    readonly property rect asked: askedAt >= 0 ? area.positionToRectangle(askedAt) : Qt.rect(0, 0, 0, 0)
    readonly property real gutter: Theme.size.gutter

    // Not while the text is being edited: the cursor stays where it was.
    onVisibleChanged: if (visible && !json.dirty)
        area.cursorPosition = Math.max(0, json.offsetOf(page.group))

    Connections {
        target: editor.json
        function onReplaced() {
            area.text = editor.json.text;
        }
    }

    Rectangle {
        id: frame
        anchors.fill: parent
        anchors.bottomMargin: foot.height + Theme.space.s
        color: Theme.color.raised
        border.color: editor.hasProblem ? Theme.color.critical : area.activeFocus ? Theme.color.accent : Theme.color.line
        border.width: area.activeFocus ? Theme.size.focus : Theme.space.hair
        radius: Theme.size.radiusSmall

        Flickable {
            id: flick
            anchors.fill: parent
            anchors.margins: 2
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            contentWidth: Math.max(width, area.implicitWidth + editor.gutter)
            contentHeight: Math.max(height, area.implicitHeight)
            ScrollBar.vertical: ScrollBar {}
            ScrollBar.horizontal: ScrollBar {}

            Rectangle {
                objectName: "asked-group"
                visible: editor.askedAt >= 0
                y: editor.asked.y
                width: flick.contentWidth
                height: editor.asked.height
                color: Theme.faint(Theme.color.accent, 0.14)
            }
            // The line that is wrong, and in it what is.
            Rectangle {
                objectName: "problem-line"
                visible: editor.hasProblem
                y: editor.mark.y
                width: flick.contentWidth
                height: editor.mark.height
                color: Theme.faint(Theme.color.critical, 0.12)
            }
            Rectangle {
                visible: editor.hasProblem
                x: editor.gutter + editor.mark.x
                y: editor.mark.y + editor.mark.height - 2
                width: editor.markEnd.y === editor.mark.y ? Math.max(Theme.space.s, editor.markEnd.x - editor.mark.x) : Theme.space.s
                height: 2
                color: Theme.color.critical
            }
            Label {
                visible: editor.hasProblem
                x: editor.gutter + Math.min(lineEnd.x, flick.contentX + flick.width * 0.6) + Theme.space.l
                y: editor.mark.y
                width: Math.max(Theme.size.noteLeast, flick.contentX + flick.width - x - Theme.space.m)
                height: editor.mark.height
                text: editor.json.problem
                color: Theme.color.critical
                font.pixelSize: Theme.font.tiny
                readonly property rect lineEnd: area.length >= 0 ? area.positionToRectangle(editor.json.problemLineEnd) : Qt.rect(0, 0, 0, 0)
            }
            Repeater {
                model: area.lineCount
                Label {
                    required property int index
                    x: 0
                    y: area.topPadding + index * (area.contentHeight / area.lineCount)
                    width: editor.gutter - Theme.space.s
                    height: area.contentHeight / area.lineCount
                    text: index + 1
                    color: Theme.color.textThird
                    horizontalAlignment: Text.AlignRight
                    verticalAlignment: Text.AlignVCenter
                    font.family: Theme.font.mono
                    font.pixelSize: Theme.font.tiny
                }
            }
            TextEdit {
                id: area
                objectName: "json"
                x: editor.gutter
                // As high as the frame: a click below the last line is meant for the text, too.
                width: flick.contentWidth - editor.gutter
                height: flick.contentHeight
                topPadding: Theme.space.s
                bottomPadding: Theme.space.s
                leftPadding: Theme.space.xs
                readOnly: !editor.writable
                color: Theme.color.text
                selectionColor: Theme.color.accent
                selectedTextColor: Theme.color.accentInk
                font.family: Theme.font.mono
                font.pixelSize: Theme.font.small
                wrapMode: TextEdit.NoWrap
                selectByMouse: true
                activeFocusOnTab: true
                textFormat: TextEdit.PlainText
                Accessible.role: Accessible.EditableText
                Accessible.name: qsTr("Configuration as JSON")
                Component.onCompleted: text = editor.json.text
                onTextChanged: editor.json.edit(text)
                onCursorRectangleChanged: {
                    flick.contentY = Math.max(Math.min(flick.contentY, cursorRectangle.y), cursorRectangle.y + cursorRectangle.height - flick.height);
                    flick.contentX = Math.max(Math.min(flick.contentX, cursorRectangle.x), editor.gutter + cursorRectangle.x + 2 - flick.width);
                }
                Keys.onPressed: event => event.accepted = event.modifiers === Qt.ControlModifier && event.key === Qt.Key_Return && editor.json.accept()
            }
        }
        DropArea {
            anchors.fill: parent
            keys: ["text/uri-list"]
            enabled: editor.writable
            onDropped: drop => editor.json.importFile(drop.urls[0])
        }
    }
    Column {
        id: foot
        anchors.bottom: parent.bottom
        width: parent.width
        spacing: Theme.space.s
        Row {
            visible: editor.hasProblem
            width: parent.width
            spacing: Theme.space.xs
            SvgIcon {
                name: "error"
                color: Theme.color.critical
                width: Theme.size.iconSmall
                height: Theme.size.iconSmall
            }
            Label {
                id: problem
                objectName: "json-problem"
                width: parent.width - Theme.size.iconSmall - Theme.space.xs
                text: editor.json.problemAt < 0 ? editor.json.problem : editor.json.place + ": " + editor.json.problem
                color: Theme.color.critical
                font.pixelSize: Theme.font.small
                font.underline: problemHover.hovered
                wrapMode: Text.Wrap
                Accessible.role: Accessible.StaticText
                Accessible.name: text
                HoverHandler {
                    id: problemHover
                    cursorShape: Qt.PointingHandCursor
                }
                TapHandler {
                    onTapped: {
                        area.forceActiveFocus();
                        area.cursorPosition = editor.json.problemAt;
                    }
                }
            }
        }
        Flow {
            width: parent.width
            spacing: Theme.space.s
            Button {
                objectName: "json-accept"
                enabled: editor.writable && editor.json.dirty && !editor.hasProblem
                text: qsTr("Add to pending changes")
                highlighted: true
                ToolTip.text: qsTr("Has the engine validate this configuration; nothing is applied yet (Ctrl+Return)")
                onClicked: editor.json.accept()
            }
            Button {
                enabled: editor.json.dirty
                text: qsTr("Revert")
                ToolTip.text: qsTr("Discard what was typed here")
                onClicked: editor.json.revert()
            }
            Button {
                enabled: editor.writable
                text: qsTr("Import…")
                icon.name: "upload"
                onClicked: importMenu.popup()
                Menu {
                    id: importMenu
                    MenuItem {
                        text: qsTr("From a file…")
                        onTriggered: dialog.open()
                    }
                    MenuItem {
                        text: qsTr("From the clipboard")
                        onTriggered: editor.json.importClipboard()
                    }
                }
            }
            Button {
                text: qsTr("Export")
                icon.name: "download"
                onClicked: editor.shell.saveText("configuration", "json", area.text)
            }
            Button {
                text: qsTr("Copy")
                icon.name: "copy"
                onClicked: editor.shell.copy(area.text, qsTr("Configuration"))
            }
        }
    }
    FileDialog {
        id: dialog
        title: qsTr("Import a configuration")
        nameFilters: [qsTr("Configurations (*.json)"), qsTr("All files (*)")]
        onAccepted: editor.json.importFile(selectedFile)
    }
}
