// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Under the health pill: what is wrong, each with its remedy, and below it the engine itself.
Popup {
    id: panel

    required property ShellViewModel shell

    readonly property HealthViewModel health: shell.health
    readonly property EngineViewModel engine: shell.engine

    width: Theme.size.healthPanel
    padding: Theme.space.l
    focus: true

    contentItem: Column { // qmllint disable deferred-property-id
        spacing: Theme.space.m
        Accessible.role: Accessible.Dialog
        Accessible.name: qsTr("Health")

        Label {
            visible: !panel.health.any
            width: parent.width
            text: panel.health.description
            color: Theme.color.textSecond
            wrapMode: Text.Wrap
        }
        Repeater {
            model: panel.health.problems
            Item {
                id: row
                required property int index
                required property int level
                required property string title
                required property string text
                required property string verb
                objectName: "problem"
                width: parent ? parent.width : 0
                implicitHeight: Math.max(words.implicitHeight, fix.visible ? fix.height : 0)
                Accessible.role: Accessible.ListItem
                Accessible.name: row.text
                SvgIcon {
                    id: symbol
                    y: 2
                    name: Tones.healthIcon(row.level)
                    color: Tones.health(row.level)
                    width: Theme.size.iconMedium
                    height: width
                }
                Column {
                    id: words
                    anchors.left: symbol.right
                    anchors.leftMargin: Theme.space.s
                    anchors.right: fix.visible ? fix.left : parent.right
                    anchors.rightMargin: fix.visible ? Theme.space.m : 0
                    spacing: 2
                    Label {
                        width: parent.width
                        text: row.title
                        font.weight: Font.DemiBold
                        wrapMode: Text.Wrap
                    }
                    Label {
                        width: parent.width
                        text: row.text
                        color: Theme.color.textSecond
                        font.pixelSize: Theme.font.small
                        wrapMode: Text.Wrap
                        maximumLineCount: 4
                    }
                }
                Button {
                    id: fix
                    objectName: "fix"
                    visible: text.length > 0
                    anchors.right: parent.right
                    text: row.verb
                    onClicked: panel.fix(row.index)
                }
            }
        }

        Rectangle {
            width: parent.width
            height: Theme.space.hair
            color: Theme.color.line
        }
        Label {
            width: parent.width
            text: panel.engine.headline
            color: Theme.color.textSecond
            font.pixelSize: Theme.font.small
        }
        Flow {
            width: parent.width
            spacing: Theme.space.s
            Button {
                objectName: "startEngine"
                visible: panel.engine.startable
                text: qsTr("Start engine")
                icon.name: "play"
                onClicked: {
                    panel.close();
                    panel.engine.start();
                }
            }
            Button {
                visible: panel.engine.restartable
                text: qsTr("Restart…")
                icon.name: "undo"
                onClicked: {
                    panel.close();
                    panel.shell.restartRequested();
                }
            }
            Button {
                visible: panel.engine.connected
                text: qsTr("Stop…")
                icon.name: "stop"
                onClicked: {
                    panel.close();
                    panel.shell.stopRequested();
                }
            }
            Button {
                visible: panel.engine.endpoint.length > 0
                text: qsTr("Copy endpoint")
                icon.name: "copy"
                onClicked: panel.shell.copy("http://" + panel.engine.endpoint, qsTr("Endpoint"))
            }
        }
    }

    function fix(row: int) {
        panel.close();
        panel.health.fix(row);
    }
}
