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
        height: 52

        TextField {
            id: query
            objectName: "query"
            x: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
            width: 290
            iconName: "filter"
            placeholderText: qsTr("Words, a model, a backend, a kind")
            Accessible.name: qsTr("Filter events")
            onTextChanged: events.page.events.query = text
        }
        Label {
            anchors.left: query.right
            anchors.leftMargin: Theme.space.m
            height: parent.height
            text: events.page.countText
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
                model: [qsTr("Everything"), qsTr("Notices and up"), qsTr("Warnings and up"), qsTr("Errors only")]
                currentIndex: events.page.events.severityMin
                onActivated: index => events.page.events.severityMin = index
            }
            RoundButton {
                icon.name: "live"
                text: qsTr("Follow")
                checkable: true
                checked: events.page.follow
                ToolTip.text: qsTr("Stay at the top as events come")
                onToggled: events.page.follow = checked
            }
            RoundButton {
                icon.name: "copy"
                text: qsTr("Copy")
                ToolTip.text: qsTr("Copy what is listed as CSV")
                onClicked: events.shell.copy(events.page.csv(), qsTr("Events"))
            }
            RoundButton {
                icon.name: "download"
                text: qsTr("Export CSV")
                ToolTip.text: qsTr("Save what is listed as CSV")
                onClicked: events.shell.saveText("events", "csv", events.page.csv())
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

        readonly property int timeWidth: 92
        readonly property int severityWidth: 92
        readonly property int kindWidth: 132
        readonly property int subjectWidth: 132
        readonly property int actionWidth: 32
        readonly property int textWidth: width - 2 * Theme.space.m - timeWidth - severityWidth - kindWidth - subjectWidth - actionWidth - 5 * Theme.space.s

        Row {
            id: head
            x: Theme.space.m
            y: Theme.space.xs
            spacing: Theme.space.s
            HeaderCell {
                width: table.timeWidth
                text: qsTr("Time")
            }
            HeaderCell {
                width: table.severityWidth
                text: qsTr("Severity")
            }
            HeaderCell {
                width: table.kindWidth
                text: qsTr("Kind")
            }
            HeaderCell {
                width: table.subjectWidth
                text: qsTr("Subject")
            }
            HeaderCell {
                width: table.textWidth
                text: qsTr("What happened")
            }
        }
        Rectangle {
            x: 1
            anchors.top: head.bottom
            width: parent.width - 2
            height: Theme.space.hair
            color: Theme.color.line
        }
        ListView {
            id: list
            objectName: "events"
            anchors.fill: parent
            anchors.topMargin: head.height + Theme.space.xs + 1
            anchors.bottomMargin: Theme.space.xs
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            reuseItems: true
            model: events.page.events
            activeFocusOnTab: true
            currentIndex: -1
            Accessible.role: Accessible.Table
            Accessible.name: qsTr("Events")
            ScrollBar.vertical: ScrollBar {}
            onCountChanged: if (events.page.follow)
                positionViewAtBeginning()
            onMovementStarted: events.page.follow = false

            delegate: Rectangle {
                id: row
                required property double timeMs
                required property string timeText
                required property int severity
                required property string severityText
                required property string kindText
                required property string subject
                required property string text
                required property int repeats

                width: list.width
                height: Theme.size.row
                color: hover.hovered || ListView.isCurrentItem && list.activeFocus ? Theme.faint(Theme.color.raised, 0.6) : "transparent"
                Accessible.role: Accessible.Row
                Accessible.name: severityText + ", " + subject + ", " + row.text

                Row {
                    x: Theme.space.m
                    height: parent.height
                    spacing: Theme.space.s
                    TableCell {
                        width: table.timeWidth
                        text: row.timeText
                        color: Theme.color.textSecond
                    }
                    Row {
                        width: table.severityWidth
                        height: parent.height
                        spacing: Theme.space.s - 2
                        SvgIcon {
                            name: row.severity === 3 ? "error" : row.severity === 2 ? "warning" : "info"
                            color: events.severityColor(row.severity)
                            width: 14
                            height: 14
                            anchors.verticalCenter: parent.verticalCenter
                        }
                        TableCell {
                            text: row.severityText
                            color: row.severity > 1 ? events.severityColor(row.severity) : Theme.color.textSecond
                        }
                    }
                    TableCell {
                        width: table.kindWidth
                        text: row.kindText
                        color: Theme.color.textSecond
                    }
                    TableCell {
                        width: table.subjectWidth
                        text: row.subject
                        font.weight: Font.DemiBold
                    }
                    Row {
                        width: table.textWidth
                        height: parent.height
                        spacing: Theme.space.s
                        TableCell {
                            width: Math.min(implicitWidth, parent.width - (times.visible ? times.width + Theme.space.s : 0))
                            text: row.text
                        }
                        Tag {
                            id: times
                            visible: row.repeats > 1
                            anchors.verticalCenter: parent.verticalCenter
                            text: qsTr("%1 ×").arg(row.repeats)
                        }
                    }
                    Button {
                        opacity: hover.hovered || activeFocus ? 1 : 0
                        anchors.verticalCenter: parent.verticalCenter
                        implicitHeight: 24
                        width: table.actionWidth
                        icon.name: "flow"
                        flat: true
                        ToolTip.text: qsTr("Show this moment on the charts")
                        onClicked: {
                            events.page.showMoment(row.timeMs);
                            events.shell.openPage("flow");
                        }
                    }
                }
                Rectangle {
                    x: Theme.space.m
                    width: parent.width - 2 * x
                    anchors.bottom: parent.bottom
                    height: Theme.space.hair
                    color: Theme.color.grid
                }
                HoverHandler {
                    id: hover
                }
            }
        }
        PlaceholderMessage {
            visible: list.count === 0
            anchors.centerIn: parent
            symbol: "events"
            title: events.page.any ? qsTr("No event answers this filter") : qsTr("Nothing has happened yet")
            text: events.page.any ? "" : qsTr("Loads, evictions, backends that come and go, and applied settings are listed here.")
            action: events.page.any ? qsTr("Clear filter") : ""
            onActed: {
                query.clear();
                events.page.events.severityMin = 0;
            }
        }
    }
}
