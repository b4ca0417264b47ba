// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// What happened, newest first.
Item {
    id: events

    required property ShellViewModel shell
    required property EventsViewModel page

    readonly property int margin: Theme.space.xl
    readonly property bool now: shell.session.time.past   // events go on being listed, each with its own time

    function severityColor(severity: int): color {
        switch (severity) {
        case 3:
            return Theme.color.critical;
        case 2:
            return Theme.color.warning;
        case 1:
            return Theme.color.accent;
        default:
            return Theme.color.textThird;
        }
    }

    Connections {
        target: events.shell
        function onFindRequested() {
            if (events.page.active)
                query.forceActiveFocus();
        }
    }

    Card {
        id: bar
        x: events.margin
        y: events.margin
        width: parent.width - 2 * x
        height: Theme.size.filterBar

        TextField {
            id: query
            objectName: "query"
            x: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
            width: Theme.size.queryWide
            iconName: "filter"
            placeholderText: qsTr("Filter events")
            onTextChanged: events.page.events.query = text
        }
        NowTag {
            id: nowTag
            visible: events.now
            anchors.left: query.right
            anchors.leftMargin: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
        }
        Label {
            anchors.left: nowTag.visible ? nowTag.right : query.right
            anchors.leftMargin: Theme.space.m
            height: parent.height
            text: events.page.countText + (events.page.limitText.length > 0 ? " · " + events.page.limitText : "")
            color: Theme.color.textThird
            font.pixelSize: Theme.font.small
        }
        Row {
            anchors.right: parent.right
            anchors.rightMargin: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.space.s
            ComboBox {
                radius: height / 2
                Accessible.name: qsTr("Severity")
                model: [qsTr("All severities"), qsTr("Notices and above"), qsTr("Warnings and above"), qsTr("Errors only")]
                currentIndex: events.page.events.severityMin
                onActivated: index => events.page.events.severityMin = index
            }
            RoundButton {
                objectName: "follow"
                icon.name: events.page.follow ? "live" : "pause"
                text: qsTr("Follow")
                checkable: true
                checked: events.page.follow
                ToolTip.text: events.page.follow ? qsTr("Freeze the list; new entries are counted") : qsTr("Show events as they arrive")
                onToggled: events.page.follow = checked
            }
        }
    }

    Card {
        id: table
        x: events.margin
        anchors.top: bar.bottom
        anchors.topMargin: Theme.space.m
        anchors.bottom: parent.bottom
        anchors.bottomMargin: events.margin
        width: parent.width - 2 * x

        DataTable {
            id: list
            anchors.fill: parent
            anchors.topMargin: Theme.space.xs
            anchors.bottomMargin: Theme.space.xs
            shell: events.shell
            name: "events"
            title: qsTr("Events")
            margin: Theme.space.m
            model: events.page.events
            onMoved: events.page.follow = false
            onCountChanged: if (events.page.follow)
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
                TableColumn {
                    id: repeatsColumn
                    title: qsTr("Repeats")
                    role: "repeats"
                    descendingFirst: true
                    initiallyShown: false
                    alignRight: true
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
                onMenuAsked: at => {
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
                Row {
                    x: severityColumn.x
                    width: severityColumn.width
                    visible: severityColumn.shown
                    height: parent.height
                    spacing: Theme.space.s - 2
                    SvgIcon {
                        name: row.severity === 3 ? "error" : row.severity === 2 ? "warning" : "info"
                        color: events.severityColor(row.severity)
                        width: Theme.size.iconSmall
                        height: Theme.size.iconSmall
                        anchors.verticalCenter: parent.verticalCenter
                    }
                    Label {
                        height: parent.height
                        text: row.severityText
                        color: row.severity > 1 ? events.severityColor(row.severity) : Theme.color.textSecond
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
                Row {
                    x: textColumn.x
                    width: textColumn.width
                    visible: textColumn.shown
                    height: parent.height
                    spacing: Theme.space.s
                    Label {
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
                        events.page.showMoment(menu.timeMs);
                        events.shell.openPage("flow");
                    }
                }
                MenuItem {
                    text: qsTr("Only this subject")
                    icon.name: "filter"
                    enabled: menu.subject.length > 0
                    onTriggered: query.text = menu.subject
                }
                MenuItem {
                    text: qsTr("Copy text")
                    icon.name: "copy"
                    onTriggered: events.shell.copy(menu.subject + ": " + menu.text, qsTr("Event"))
                }
            }
        }
        PlaceholderMessage {
            visible: list.count === 0
            anchors.centerIn: parent
            symbol: "events"
            title: events.page.any ? qsTr("No events match") : qsTr("No events yet")
            text: events.page.any ? "" : qsTr("Model loads, evictions, changes of backends and applied settings are listed here.")
            action: events.page.any ? qsTr("Clear filter") : ""
            onActed: {
                query.clear();
                events.page.events.severityMin = 0;
            }
        }
    }
}
