// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The events, newest first, and what can be done with each.
Card {
    id: panel

    required property ShellViewModel shell
    required property EventsViewModel page
    signal filterRequested(text: string)

    function severityColor(severity: int): color {
        switch (severity) {
        case EventList.Error:
            return Theme.color.critical;
        case EventList.Warning:
            return Theme.color.warning;
        case EventList.Notice:
            return Theme.color.accent;
        default:
            return Theme.color.textThird;
        }
    }

    DataTable {
        id: list
        anchors.fill: parent
        anchors.topMargin: Theme.space.xs
        anchors.bottomMargin: Theme.space.xs
        shell: panel.shell
        name: "events"
        title: qsTr("Events")
        margin: Theme.space.m
        model: panel.page.events
        onMoved: panel.page.follow = false
        onCountChanged: if (panel.page.follow)
            showTop()
        columns: [
            TableColumn {
                id: timeColumn
                title: qsTr("Time")
                role: "timeText"
                sortRole: "timeMs"
                descendingFirst: true
                hideable: false
                minimum: 92
            },
            TableColumn {
                id: severityColumn
                title: qsTr("Severity")
                role: "severityText"
                sortRole: "severity"
                descendingFirst: true
                minimum: 84
            },
            TableColumn {
                id: kindColumn
                title: qsTr("Kind")
                role: "kindText"
                minimum: 124
            },
            TableColumn {
                id: subjectColumn
                title: qsTr("Subject")
                role: "subject"
                minimum: 124
                weight: 1
            },
            TableColumn {
                id: textColumn
                title: qsTr("What happened")
                role: "text"
                minimum: 160
                weight: 6
            },
            NumberColumn {
                id: repeatsColumn
                title: qsTr("Repeats")
                role: "repeats"
                initiallyShown: false
                minimum: 60
            }
        ]
        delegate: DataTableRow {
            id: row
            required property double timeMs
            required property string timeText
            required property int severity
            required property string severityText
            required property string kindText
            required property string subject
            required property string text
            required property int repeats

            table: list
            Accessible.name: severityText + ", " + subject + ", " + row.text
            onMenuRequested: at => {
                menu.timeMs = timeMs;
                menu.subject = subject;
                menu.text = text;
                menu.popup(row, at.x, at.y);
            }

            DataTableCell {
                column: timeColumn
                text: row.timeText
                color: Theme.color.textSecond
            }
            DataTableMixedCell {
                column: severityColumn
                natural: Theme.size.iconSmall + spacing + severityWord.implicitWidth
                spacing: Theme.space.s - 2
                SvgIcon {
                    name: row.severity === EventList.Error ? "error" : row.severity === EventList.Warning ? "warning" : "info"
                    color: panel.severityColor(row.severity)
                    width: Theme.size.iconSmall
                    height: Theme.size.iconSmall
                    anchors.verticalCenter: parent.verticalCenter
                }
                Label {
                    id: severityWord
                    height: parent.height
                    text: row.severityText
                    color: row.severity >= EventList.Warning ? panel.severityColor(row.severity) : Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                }
            }
            DataTableCell {
                column: kindColumn
                text: row.kindText
                color: Theme.color.textSecond
            }
            DataTableCell {
                column: subjectColumn
                text: row.subject
                elide: Text.ElideMiddle
                font.weight: Font.DemiBold
            }
            DataTableMixedCell {
                column: textColumn
                natural: words.implicitWidth + (times.visible ? spacing + times.implicitWidth : 0)
                Label {
                    id: words
                    width: Math.min(implicitWidth, parent.width - (times.visible ? times.width + Theme.space.s : 0))
                    height: parent.height
                    text: row.text
                    font.pixelSize: Theme.font.small
                }
                Tag {
                    id: times
                    visible: row.repeats > 1 && !repeatsColumn.shown
                    anchors.verticalCenter: parent.verticalCenter
                    text: qsTr("%1 ×").arg(row.repeats)
                }
            }
            DataTableCell {
                column: repeatsColumn
                text: row.repeats
            }
        }
        Menu {
            id: menu
            property double timeMs
            property string subject
            property string text
            MenuItem {
                objectName: "show-moment"
                text: qsTr("Show this moment on the charts")
                icon.name: "flow"
                onTriggered: {
                    panel.page.showMoment(menu.timeMs);
                    panel.shell.openPage("flow");
                }
            }
            MenuItem {
                text: qsTr("Only this subject")
                icon.name: "filter"
                enabled: menu.subject.length > 0
                onTriggered: panel.filterRequested(menu.subject)
            }
            MenuItem {
                text: qsTr("Copy text")
                icon.name: "copy"
                onTriggered: panel.shell.copy(menu.subject + ": " + menu.text, qsTr("Event"))
            }
        }
    }
    PlaceholderMessage {
        visible: list.count === 0
        anchors.centerIn: parent
        iconName: "events"
        title: panel.page.any ? qsTr("No events match") : qsTr("No events yet")
        text: panel.page.any ? "" : qsTr("Model loads, evictions, changes of backends and applied settings are listed here.")
        action: panel.page.any ? qsTr("Clear filter") : ""
        onActionTriggered: {
            panel.filterRequested("");
            panel.page.events.severityMin = EventList.Info;
        }
    }
}
