// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// What is open to each backend, what is reused, and why it closes.
ScrollView {
    id: connections

    required property ShellViewModel shell
    required property ConnectionsViewModel page

    readonly property bool wide: width > 1100
    readonly property int gap: Theme.space.m + 2
    readonly property list<color> stateColors: [Theme.color.connections, Theme.color.textThird, Theme.color.warning, Theme.color.batches]
    readonly property list<color> barColors: [Theme.color.connections, Theme.faint(Theme.color.connections, 0.45), Theme.color.warning, Theme.color.batches]
    readonly property list<color> levelColors: [Theme.color.ok, Theme.color.warning, Theme.color.critical, Theme.color.textThird]

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, (connections.page.any ? 138 + table.Layout.preferredHeight + 190 + 200 + 3 * gap : 480) + 2 * Theme.space.xl)

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space.xl
        spacing: connections.gap
        visible: connections.page.any

        KpiRow {
            session: connections.page.session
            kpis: connections.page.kpis
            active: connections.page.active
            Layout.fillWidth: true
            Layout.preferredHeight: 138
        }

        Panel {
            id: table
            title: qsTr("Backends")
            now: connections.page.session.time.past
            inset: Theme.space.m + 2
            Layout.fillWidth: true
            Layout.preferredHeight: 34 + 28 + Theme.space.m + Math.min(6, Math.max(1, rows.count)) * Theme.size.row
            legend: [
                Legend {
                    square: true
                    color: connections.barColors[0]
                    text: qsTr("busy")
                },
                Legend {
                    square: true
                    color: connections.barColors[1]
                    text: qsTr("idle")
                },
                Legend {
                    square: true
                    color: connections.barColors[2]
                    text: qsTr("connecting")
                },
                Legend {
                    square: true
                    color: connections.barColors[3]
                    text: qsTr("draining")
                }
            ]

            readonly property int space: Theme.space.m
            readonly property int nameWidth: 150
            readonly property int barWidth: connections.wide ? 130 : 80
            readonly property int countWidth: 140
            readonly property int limitWidth: 40
            readonly property int roomWidth: connections.wide ? 44 : 0
            readonly property int waitingWidth: connections.wide ? 52 : 0
            readonly property int reusedWidth: 56
            readonly property int waitWidth: 62
            readonly property int createWidth: connections.wide ? 70 : 0
            readonly property int healthWidth: 84
            readonly property int menuWidth: 32
            readonly property int latestWidth: Math.max(60, rows.width - nameWidth - barWidth - countWidth - limitWidth - roomWidth - waitingWidth - reusedWidth - waitWidth - createWidth - healthWidth - menuWidth - space * (connections.wide ? 11 : 8))

            Row {
                id: head
                spacing: table.space
                HeaderCell {
                    width: table.nameWidth
                    text: qsTr("Backend")
                }
                HeaderCell {
                    width: table.barWidth
                    text: qsTr("Connections")
                }
                HeaderCell {
                    width: table.countWidth
                    text: qsTr("busy / idle / connecting")
                    alignRight: true
                }
                HeaderCell {
                    width: table.limitWidth
                    text: qsTr("limit")
                    alignRight: true
                }
                HeaderCell {
                    visible: connections.wide
                    width: table.roomWidth
                    text: qsTr("room")
                    alignRight: true
                }
                HeaderCell {
                    visible: connections.wide
                    width: table.waitingWidth
                    text: qsTr("waiting")
                    alignRight: true
                }
                HeaderCell {
                    width: table.reusedWidth
                    text: qsTr("reused")
                    alignRight: true
                }
                HeaderCell {
                    width: table.waitWidth
                    text: qsTr("wait p99")
                    alignRight: true
                }
                HeaderCell {
                    visible: connections.wide
                    width: table.createWidth
                    text: qsTr("create p99")
                    alignRight: true
                }
                HeaderCell {
                    width: table.healthWidth
                    text: qsTr("Health")
                }
                HeaderCell {
                    width: table.latestWidth
                    text: qsTr("Latest")
                }
            }
            Rectangle {
                anchors.top: head.bottom
                width: parent.width
                height: Theme.space.hair
                color: Theme.color.line
            }
            ListView {
                id: rows
                objectName: "pools"
                anchors.fill: parent
                anchors.topMargin: head.height + 1
                clip: true
                interactive: contentHeight > height
                boundsBehavior: Flickable.StopAtBounds
                model: connections.page.pools
                activeFocusOnTab: true
                Accessible.role: Accessible.Table
                Accessible.name: qsTr("Backends")
                ScrollBar.vertical: ScrollBar {}

                delegate: Item {
                    id: row
                    required property string backend
                    required property string protocol
                    required property string address
                    required property int level
                    required property list<double> shares
                    required property string counts
                    required property string limit
                    required property string room
                    required property string limitTip
                    required property string waiting
                    required property string reused
                    required property string wait
                    required property string create
                    required property string health
                    required property string latest
                    required property bool latestBad
                    required property bool draining

                    width: rows.width
                    height: Theme.size.row
                    Accessible.role: Accessible.Row
                    Accessible.name: backend + " " + protocol + ", " + health + ", " + counts

                    Rectangle {
                        anchors.fill: parent
                        radius: Theme.space.xs
                        color: hover.hovered ? Theme.faint(Theme.color.raised, 0.6) : "transparent"
                    }
                    HoverHandler {
                        id: hover
                    }
                    Row {
                        height: parent.height
                        spacing: table.space
                        Row {
                            width: table.nameWidth
                            height: parent.height
                            spacing: Theme.space.s
                            Dot {
                                anchors.verticalCenter: parent.verticalCenter
                                color: connections.levelColors[row.level]
                            }
                            TableCell {
                                width: Math.min(implicitWidth, table.nameWidth - protocolTag.width - Theme.size.dot - 2 * Theme.space.s)
                                text: row.backend
                                font.weight: Font.DemiBold
                            }
                            Tag {
                                id: protocolTag
                                anchors.verticalCenter: parent.verticalCenter
                                text: row.protocol
                            }
                        }
                        SharesBar {
                            width: table.barWidth
                            height: Theme.space.s
                            anchors.verticalCenter: parent.verticalCenter
                            shares: row.shares
                            colors: connections.barColors
                            track: Theme.color.grid
                        }
                        TableCell {
                            width: table.countWidth
                            text: row.counts
                            alignRight: true
                        }
                        TableCell {
                            width: table.limitWidth
                            text: row.limit
                            alignRight: true
                            Accessible.description: row.limitTip
                            HoverHandler {
                                id: limitHover
                            }
                            ToolTip.text: row.limitTip
                            ToolTip.visible: limitHover.hovered
                            ToolTip.delay: Theme.duration.tooltip
                        }
                        TableCell {
                            visible: connections.wide
                            width: table.roomWidth
                            text: row.room
                            alignRight: true
                            HoverHandler {
                                id: roomHover
                            }
                            ToolTip.text: row.limitTip
                            ToolTip.visible: roomHover.hovered
                            ToolTip.delay: Theme.duration.tooltip
                        }
                        TableCell {
                            visible: connections.wide
                            width: table.waitingWidth
                            text: row.waiting
                            alignRight: true
                        }
                        TableCell {
                            width: table.reusedWidth
                            text: row.reused
                            alignRight: true
                        }
                        TableCell {
                            width: table.waitWidth
                            text: row.wait
                            alignRight: true
                        }
                        TableCell {
                            visible: connections.wide
                            width: table.createWidth
                            text: row.create
                            alignRight: true
                        }
                        TableCell {
                            width: table.healthWidth
                            text: row.health
                            color: row.level === PoolList.Off ? Theme.color.textSecond : connections.levelColors[row.level]
                        }
                        TableCell {
                            width: table.latestWidth
                            text: row.latest
                            color: row.latestBad ? Theme.color.critical : Theme.color.textSecond
                        }
                        Button {
                            id: more
                            width: table.menuWidth
                            height: 24
                            anchors.verticalCenter: parent.verticalCenter
                            icon.name: "more"
                            flat: true
                            ToolTip.text: qsTr("Actions for %1 %2").arg(row.backend).arg(row.protocol)
                            onClicked: menu.popup(more, more.width - menu.width, more.height)
                            Menu {
                                id: menu
                                MenuItem {
                                    text: qsTr("Probe now")
                                    icon.name: "live"
                                    enabled: connections.page.session.writable
                                    onTriggered: connections.page.probe(row.backend)
                                }
                                MenuItem {
                                    text: qsTr("Evict idle connections")
                                    icon.name: "trash"
                                    enabled: connections.page.session.writable
                                    onTriggered: connections.page.evictIdle(row.backend, row.protocol)
                                }
                                MenuItem {
                                    text: row.draining ? qsTr("Take back into service") : qsTr("Drain")
                                    icon.name: row.draining ? "undo" : "stop"
                                    enabled: connections.page.session.writable
                                    onTriggered: connections.page.drain(row.backend, !row.draining)
                                }
                                MenuItem {
                                    text: qsTr("Copy address")
                                    icon.name: "copy"
                                    enabled: row.address.length > 0
                                    onTriggered: connections.shell.copy(row.address, qsTr("address of %1").arg(row.backend))
                                }
                            }
                        }
                    }
                    Rectangle {
                        width: parent.width
                        anchors.bottom: parent.bottom
                        height: Theme.space.hair
                        color: Theme.color.grid
                    }
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 200
            spacing: connections.gap
            ChartCard {
                shell: connections.shell
                title: qsTr("Occupancy")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 44
                plot: TimePlot {
                    session: connections.page.session
                    active: connections.page.active
                    unit: TimePlot.Count
                    leastTop: 4
                    Curve {
                        series: "connections_active"
                        label: qsTr("busy")
                        color: Theme.color.connections
                        filled: true
                    }
                    Curve {
                        series: "connections_idle"
                        label: qsTr("idle")
                        color: Theme.color.textThird
                    }
                    Curve {
                        series: "connections_connecting"
                        label: qsTr("connecting")
                        color: Theme.color.warning
                    }
                }
            }
            ChartCard {
                shell: connections.shell
                title: qsTr("Reused or new")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 34
                plot: TimePlot {
                    session: connections.page.session
                    active: connections.page.active
                    unit: TimePlot.Share
                    fixedTop: 1
                    floor: 0.9
                    goals: GoalLine {
                        value: connections.page.reuseGoal
                        label: qsTr("goal %1 %").arg(Math.round(100 * connections.page.reuseGoal))
                        color: Theme.color.textThird
                    }
                    Curve {
                        series: "connection_reuse"
                        label: qsTr("reused")
                        color: Theme.color.connections
                        filled: true
                    }
                }
            }
            Panel {
                title: qsTr("Why connections closed")
                now: connections.page.session.time.past
                subtitle: qsTr("since start")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 34
                BarChart {
                    id: closes
                    anchors.fill: parent
                    visible: values.length > 0
                    activeFocusOnTab: true
                    values: connections.page.closeCounts
                    labels: connections.page.closeReasons
                    hints: connections.page.closeHints
                    color: Theme.color.connections
                    gridColor: Theme.color.grid
                    textColor: Theme.color.textThird
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Why connections closed")
                    Accessible.description: closes.spoken
                    FigureHint {
                        figure: closes
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !closes.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("none closed yet")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 210
            spacing: connections.gap
            Panel {
                title: qsTr("Each connection")
                now: connections.page.session.time.past
                subtitle: qsTr("a square each: colour is its state, strength its age")
                inset: Theme.space.m + 2
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 60
                ListView {
                    id: squares
                    anchors.fill: parent
                    anchors.topMargin: Theme.space.xs
                    clip: true
                    spacing: Theme.space.s
                    interactive: contentHeight > height
                    boundsBehavior: Flickable.StopAtBounds
                    visible: connections.page.anyOpen
                    model: connections.page.pools
                    Accessible.role: Accessible.List
                    Accessible.name: qsTr("Each connection")
                    ScrollBar.vertical: ScrollBar {}
                    delegate: Item {
                        id: squareRow
                        required property string backend
                        required property string protocol
                        required property list<int> kinds
                        required property list<double> strengths
                        required property list<string> hints
                        readonly property int columns: Math.max(1, Math.floor((drawn.width + 5) / 22))
                        width: squares.width
                        height: Math.max(1, Math.min(4, Math.ceil(kinds.length / columns))) * 22
                        Label {
                            width: 106
                            height: 18
                            text: squareRow.backend + " " + squareRow.protocol
                            color: Theme.color.textSecond
                            font.pixelSize: Theme.font.small
                        }
                        SquareRow {
                            id: drawn
                            x: 114
                            width: parent.width - x - Theme.space.s
                            height: parent.height
                            activeFocusOnTab: kinds.length > 0
                            kinds: squareRow.kinds
                            strengths: squareRow.strengths
                            hints: squareRow.hints // qmllint disable
                            colors: connections.stateColors
                            textColor: Theme.color.text
                            font.family: Theme.font.family
                            font.pixelSize: Theme.font.axis
                            Accessible.role: Accessible.Chart
                            Accessible.name: qsTr("Connections of %1 %2").arg(squareRow.backend).arg(squareRow.protocol)
                            Accessible.description: currentHint
                            FigureHint {
                                figure: drawn
                            }
                        }
                        Label {
                            x: 114
                            height: 18
                            visible: squareRow.kinds.length === 0
                            text: qsTr("none open")
                            color: Theme.color.textThird
                            font.pixelSize: Theme.font.small
                        }
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !connections.page.anyOpen
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("no connection is open: the first request opens one")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
            ChartCard {
                shell: connections.shell
                title: qsTr("Create and health-check latency")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 54
                plot: TimePlot {
                    session: connections.page.session
                    active: connections.page.active
                    unit: TimePlot.Milliseconds
                    leastTop: 1
                    Curve {
                        series: "connection_create_p99_ms"
                        label: qsTr("create p99")
                        color: Theme.color.connections
                    }
                    Curve {
                        series: "health_p99_ms"
                        label: qsTr("check p99")
                        color: Theme.color.streams
                        dashed: true
                    }
                }
            }
        }
    }

    PlaceholderMessage {
        visible: !connections.page.any
        anchors.centerIn: parent
        symbol: "plug"
        title: connections.page.session.hasData ? qsTr("No backend is configured") : qsTr("Waiting for the engine")
        text: connections.page.session.hasData ? qsTr("Connections appear here as soon as the engine knows a backend. Add one in the settings, under Backends.") : qsTr("As soon as it answers, its connections stand here.")
        action: connections.page.session.hasData ? qsTr("Open settings") : ""
        onActed: connections.shell.openPage("settings")
    }
}
