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

    readonly property bool wide: width > Theme.size.wide
    readonly property int gap: Theme.space.m + 2
    readonly property list<color> stateColors: [Theme.color.connections, Theme.color.textThird, Theme.color.warning, Theme.color.batches]
    readonly property list<color> barColors: [Theme.color.connections, Theme.faint(Theme.color.connections, 0.45), Theme.color.warning, Theme.color.batches]
    readonly property list<color> levelColors: [Theme.color.ok, Theme.color.warning, Theme.color.critical, Theme.color.textThird]

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, (connections.page.any ? figures.implicitHeight + table.Layout.preferredHeight + 2 * Theme.size.chartLeast + 3 * gap : Theme.size.pageEmpty) + 2 * Theme.space.xl)

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space.xl
        spacing: connections.gap
        visible: connections.page.any

        KpiRow {
            id: figures
            shell: connections.shell
            kpis: connections.page.kpis
            active: connections.page.active
            Layout.fillWidth: true
        }

        Panel {
            id: table
            title: qsTr("Backends")
            wanted: visible && connections.shell.wantedFigure === "backends"
            keysTo: pools
            now: connections.page.session.time.past
            inset: Theme.space.m + 2
            Layout.fillWidth: true
            Layout.preferredHeight: chrome + pools.headerHeight + Math.min(6, Math.max(1, pools.count)) * Theme.size.row
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

            DataTable {
                id: pools
                anchors.fill: parent
                shell: connections.shell
                name: "connections"
                title: qsTr("Backends")
                model: connections.page.pools
                columns: [
                    TableColumn {
                        id: backendColumn
                        title: qsTr("Backend")
                        role: "backend"
                        hideable: false
                        minimum: 130
                        weight: 1
                    },
                    TableColumn {
                        id: sharesColumn
                        title: qsTr("Occupancy")
                        role: "sharesText"
                        sortRole: "openCount"
                        descendingFirst: true
                        minimum: 64
                        weight: 1
                    },
                    TableColumn {
                        id: trendColumn
                        title: qsTr("Trend")
                        tip: qsTr("Busy connections, last minute")
                        role: "trend"
                        sortable: false
                        minimum: 72
                    },
                    TableColumn {
                        id: countsColumn
                        title: qsTr("busy / idle / connecting")
                        role: "counts"
                        sortRole: "busyCount"
                        descendingFirst: true
                        alignRight: true
                        minimum: 132
                    },
                    TableColumn {
                        id: limitColumn
                        title: qsTr("limit")
                        role: "limit"
                        sortRole: "limitValue"
                        descendingFirst: true
                        alignRight: true
                        minimum: 40
                    },
                    TableColumn {
                        id: roomColumn
                        title: qsTr("free")
                        tip: qsTr("Free capacity: further requests that get a connection at once")
                        role: "room"
                        sortRole: "roomValue"
                        alignRight: true
                        minimum: 40
                    },
                    TableColumn {
                        id: waitingColumn
                        title: qsTr("waiting")
                        tip: qsTr("Requests that wait for a connection")
                        role: "waiting"
                        sortRole: "waitingValue"
                        descendingFirst: true
                        alignRight: true
                        minimum: 48
                    },
                    TableColumn {
                        id: reusedColumn
                        title: qsTr("reused")
                        role: "reused"
                        sortRole: "reusedValue"
                        alignRight: true
                        minimum: 52
                    },
                    TableColumn {
                        id: waitColumn
                        title: qsTr("wait p99")
                        tip: qsTr("How long requests waited for a connection")
                        role: "wait"
                        sortRole: "waitMs"
                        descendingFirst: true
                        alignRight: true
                        minimum: 56
                    },
                    TableColumn {
                        id: createColumn
                        title: qsTr("connect p99")
                        role: "create"
                        sortRole: "createMs"
                        descendingFirst: true
                        alignRight: true
                        minimum: 66
                    },
                    TableColumn {
                        id: healthColumn
                        title: qsTr("Health")
                        role: "health"
                        sortRole: "level"
                        descendingFirst: true
                        minimum: 70
                    },
                    TableColumn {
                        id: latestColumn
                        title: qsTr("Latest")
                        role: "latest"
                        sortable: false
                        minimum: 150
                        weight: 3
                    }
                ]
                delegate: DataTableRow {
                    id: row
                    required property string backend
                    required property string protocol
                    required property string address
                    required property int level
                    required property list<double> shares
                    required property list<double> trend
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

                    table: pools
                    Accessible.name: backend + " " + protocol + ", " + health + ", " + counts
                    onMenuAsked: at => {
                        menu.backend = backend;
                        menu.protocol = protocol;
                        menu.address = address;
                        menu.draining = draining;
                        menu.popup(row, at.x, at.y);
                    }

                    Row {
                        x: backendColumn.x
                        width: backendColumn.width
                        height: parent.height
                        spacing: Theme.space.s
                        Dot {
                            anchors.verticalCenter: parent.verticalCenter
                            color: connections.levelColors[row.level]
                        }
                        Label {
                            width: Math.min(implicitWidth, backendColumn.width - protocolTag.width - Theme.size.dot - 2 * Theme.space.s)
                            height: parent.height
                            text: row.backend
                            elide: Text.ElideMiddle
                            font.pixelSize: Theme.font.small
                            font.weight: Font.DemiBold
                        }
                        Tag {
                            id: protocolTag
                            anchors.verticalCenter: parent.verticalCenter
                            text: row.protocol
                        }
                    }
                    SharesBar {
                        x: sharesColumn.x
                        width: sharesColumn.width
                        visible: sharesColumn.shown
                        height: Theme.size.bar
                        anchors.verticalCenter: parent.verticalCenter
                        shares: row.shares
                        colors: connections.barColors
                        track: Theme.color.grid
                    }
                    TrendLine {
                        x: trendColumn.x
                        width: trendColumn.width
                        visible: trendColumn.shown
                        height: Theme.size.trend
                        anchors.verticalCenter: parent.verticalCenter
                        values: row.trend
                        color: Theme.color.connections
                    }
                    DataTableCell {
                        column: countsColumn
                        text: row.counts
                    }
                    DataTableCell {
                        column: limitColumn
                        text: row.limit
                        Accessible.description: row.limitTip
                        HoverHandler {
                            id: limitHover
                        }
                        ToolTip.text: row.limitTip
                        ToolTip.visible: limitHover.hovered
                        ToolTip.delay: Theme.duration.tooltip
                    }
                    DataTableCell {
                        column: roomColumn
                        text: row.room
                    }
                    DataTableCell {
                        column: waitingColumn
                        text: row.waiting
                    }
                    DataTableCell {
                        column: reusedColumn
                        text: row.reused
                    }
                    DataTableCell {
                        column: waitColumn
                        text: row.wait
                    }
                    DataTableCell {
                        column: createColumn
                        text: row.create
                    }
                    DataTableCell {
                        column: healthColumn
                        text: row.health
                        color: row.level === PoolList.Off ? Theme.color.textSecond : connections.levelColors[row.level]
                    }
                    DataTableCell {
                        column: latestColumn
                        text: row.latest
                        color: row.latestBad ? Theme.color.critical : Theme.color.textSecond
                    }
                }
                Menu {
                    id: menu
                    property string backend
                    property string protocol
                    property string address
                    property bool draining
                    MenuItem {
                        text: qsTr("Probe now")
                        icon.name: "live"
                        enabled: connections.page.session.writable
                        onTriggered: connections.page.probe(menu.backend)
                    }
                    MenuItem {
                        text: qsTr("Evict idle connections")
                        icon.name: "eject"
                        enabled: connections.page.session.writable
                        onTriggered: connections.page.evictIdle(menu.backend, menu.protocol)
                    }
                    MenuItem {
                        text: menu.draining ? qsTr("Resume") : qsTr("Drain")
                        icon.name: menu.draining ? "undo" : "stop"
                        enabled: connections.page.session.writable
                        onTriggered: connections.page.drain(menu.backend, !menu.draining)
                    }
                    MenuItem {
                        text: qsTr("Edit limits")
                        icon.name: "settings"
                        onTriggered: connections.shell.openPage(connections.page.limitPage(menu.protocol))
                    }
                    MenuItem {
                        text: qsTr("Copy address")
                        icon.name: "copy"
                        enabled: menu.address.length > 0
                        onTriggered: connections.shell.copy(menu.address, qsTr("address of %1").arg(menu.backend))
                    }
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.chart
            spacing: connections.gap
            WrapGroup {
                id: titles
            }
            ChartCard {
                shell: connections.shell
                group: titles
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
                group: titles
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
            Layout.preferredHeight: Theme.size.chart
            spacing: connections.gap
            Panel {
                id: each
                property bool asTable: false
                property bool tableMade: false   // when it is first wanted
                objectName: "each-connection"
                title: qsTr("Each connection")
                now: connections.page.session.time.past
                subtitle: each.asTable ? "" : qsTr("one square each: colour = state, opacity = age")
                onAsTableChanged: {
                    each.tableMade = true;
                    connections.page.listing = each.asTable;
                }
                Keys.onPressed: event => {
                    event.accepted = event.key === Qt.Key_T && event.modifiers === Qt.NoModifier;
                    if (event.accepted)
                        each.asTable = !each.asTable;
                }
                tools: [
                    Button {
                        id: eachTable
                        objectName: "connections-as-table"
                        visible: connections.page.anyOpen
                        icon.name: "table"
                        flat: true
                        checked: each.asTable
                        ToolTip.text: each.asTable ? qsTr("Show the connections as squares (T)") : qsTr("Show the connections as a table with ages and uses (T)")
                        onClicked: each.asTable = !each.asTable
                    }
                ]
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
                    visible: connections.page.anyOpen && !each.asTable
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
                        readonly property int columns: Math.max(1, Math.floor((drawn.width + Theme.space.xs) / Theme.size.square))
                        width: squares.width
                        height: Math.max(1, Math.min(4, Math.ceil(kinds.length / columns))) * Theme.size.square
                        Label {
                            width: Theme.size.squareName
                            height: Theme.size.square - Theme.space.xs
                            text: squareRow.backend + " " + squareRow.protocol
                            elide: Text.ElideMiddle
                            color: Theme.color.textSecond
                            font.pixelSize: Theme.font.small
                        }
                        SquareRow {
                            id: drawn
                            x: Theme.size.squareName + Theme.space.s
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
                            x: Theme.size.squareName + Theme.space.s
                            height: Theme.size.square - Theme.space.xs
                            visible: squareRow.kinds.length === 0
                            text: qsTr("none open")
                            color: Theme.color.textThird
                            font.pixelSize: Theme.font.small
                        }
                    }
                }
                Repeater {
                    model: each.tableMade ? 1 : 0
                    DataTable {
                        id: openTable
                        anchors.fill: parent
                        visible: each.asTable && connections.page.anyOpen
                        shell: connections.shell
                        name: "open-connections"
                        title: qsTr("Each connection")
                        rowMenus: false
                        model: connections.page.connections
                        columns: [
                            TableColumn {
                                id: ofColumn
                                title: qsTr("Backend")
                                role: "backend"
                                hideable: false
                                minimum: 90
                                weight: 2
                            },
                            TableColumn {
                                id: wireColumn
                                title: qsTr("Protocol")
                                role: "protocol"
                                minimum: 56
                            },
                            TableColumn {
                                id: stateColumn
                                title: qsTr("State")
                                role: "state"
                                sortRole: "kind"
                                minimum: 76
                                weight: 1
                            },
                            TableColumn {
                                id: ageColumn
                                title: qsTr("Age")
                                role: "age"
                                sortRole: "ageMs"
                                descendingFirst: true
                                alignRight: true
                                minimum: 64
                            },
                            TableColumn {
                                id: usesColumn
                                title: qsTr("Uses")
                                tip: qsTr("Requests it has carried")
                                role: "uses"
                                sortRole: "usesValue"
                                descendingFirst: true
                                alignRight: true
                                minimum: 52
                            },
                            TableColumn {
                                id: unusedColumn
                                title: qsTr("Unused for")
                                role: "unused"
                                sortRole: "unusedMs"
                                descendingFirst: true
                                alignRight: true
                                minimum: 72
                            },
                            TableColumn {
                                id: callsColumn
                                title: qsTr("Calls")
                                tip: qsTr("gRPC calls in flight")
                                role: "calls"
                                sortRole: "callsValue"
                                descendingFirst: true
                                alignRight: true
                                minimum: 44
                            }
                        ]
                        delegate: DataTableRow {
                            id: openRow
                            required property string backend
                            required property string protocol
                            required property string state
                            required property int kind
                            required property string age
                            required property string uses
                            required property string unused
                            required property string calls

                            table: openTable
                            Accessible.name: qsTr("%1 %2, %3, open %4, %5 uses").arg(backend).arg(protocol).arg(state).arg(age).arg(uses)

                            DataTableCell {
                                column: ofColumn
                                text: openRow.backend
                                elide: Text.ElideMiddle
                            }
                            DataTableCell {
                                column: wireColumn
                                text: openRow.protocol
                                color: Theme.color.textSecond
                            }
                            Row {
                                x: stateColumn.x
                                width: stateColumn.width
                                height: parent.height
                                visible: stateColumn.shown
                                spacing: Theme.space.s
                                Dot {
                                    anchors.verticalCenter: parent.verticalCenter
                                    color: connections.stateColors[openRow.kind]
                                }
                                Label {
                                    height: parent.height
                                    width: parent.width - Theme.size.dot - Theme.space.s
                                    text: openRow.state
                                    font.pixelSize: Theme.font.small
                                }
                            }
                            DataTableCell {
                                column: ageColumn
                                text: openRow.age
                            }
                            DataTableCell {
                                column: usesColumn
                                text: openRow.uses
                            }
                            DataTableCell {
                                column: unusedColumn
                                text: openRow.unused
                            }
                            DataTableCell {
                                column: callsColumn
                                text: openRow.calls
                            }
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
                title: qsTr("Connect and health-check latency")
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
                        label: qsTr("connect p99")
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
        text: connections.page.session.hasData ? qsTr("Connections appear here as soon as the engine knows a backend. Add one in the settings, under Backends.") : qsTr("Its connections appear here as soon as it responds.")
        action: connections.page.session.hasData ? qsTr("Open settings") : ""
        onActed: connections.shell.openPage("settings/backends[].address")
    }
}
