// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The pools: how busy each is, what waits for it, how its backend is, and what can be done about it.
Panel {
    id: panel

    required property ShellViewModel shell
    required property ConnectionsViewModel page

    readonly property list<color> barColors: [Theme.color.connections, Theme.faint(Theme.color.connections, 0.45), Theme.color.warning, Theme.color.batches]

    title: qsTr("Backends")
    highlighted: visible && panel.shell.highlightedFigure === "backends"
    keysTo: pools
    now: panel.page.session.time.past
    inset: Theme.space.m + 2
    implicitHeight: chrome + pools.headerHeight + Math.min(6, Math.max(1, pools.count)) * Theme.size.row
    legend: SquareLegend {
        colors: panel.barColors
        names: [qsTr("busy"), qsTr("idle"), qsTr("connecting"), qsTr("draining")]
    }

    DataTable {
        id: pools
        anchors.fill: parent
        shell: panel.shell
        name: "connections"
        title: qsTr("Backends")
        model: panel.page.pools
        columns: [
            TableColumn {
                id: backendColumn
                title: qsTr("Backend")
                role: "backend"
                hideable: false
                minimum: 130
                weight: 1
                claim: 2.5
            },
            TableColumn {
                id: sharesColumn
                title: qsTr("Occupancy")
                role: "sharesText"
                sortRole: "openCount"
                descendingFirst: true
                minimum: 60
                weight: 1
                claim: 1
            },
            TableColumn {
                id: trendColumn
                title: qsTr("Trend")
                tip: qsTr("Busy connections, last minute")
                role: "trend"
                sortable: false
                minimum: 48
                fromWidth: Theme.size.tableRoomy
            },
            NumberColumn {
                id: countsColumn
                title: qsTr("open")
                tip: qsTr("Connections: busy / idle / connecting")
                role: "counts"
                sortRole: "busyCount"
                minimum: 68
            },
            NumberColumn {
                id: limitColumn
                title: qsTr("limit")
                role: "limit"
                sortRole: "limitValue"
                minimum: 36
            },
            TableColumn {
                id: headroomColumn
                title: qsTr("free")
                tip: qsTr("Free capacity: further requests that get a connection at once")
                role: "headroom"
                sortRole: "headroomValue"
                alignRight: true
                minimum: 36
            },
            NumberColumn {
                id: waitingColumn
                title: qsTr("waiting")
                tip: qsTr("Requests that wait for a connection")
                role: "waiting"
                sortRole: "waitingValue"
                minimum: 44
            },
            TableColumn {
                id: reusedColumn
                title: qsTr("reused")
                role: "reused"
                sortRole: "reusedValue"
                alignRight: true
                minimum: 44
            },
            NumberColumn {
                id: waitColumn
                title: qsTr("wait p99")
                tip: qsTr("How long requests waited for a connection")
                role: "wait"
                sortRole: "waitMs"
                minimum: 48
            },
            NumberColumn {
                id: createColumn
                title: qsTr("connect p99")
                role: "create"
                sortRole: "createMs"
                minimum: 58
            },
            TableColumn {
                id: healthColumn
                title: qsTr("Health")
                role: "health"
                sortRole: "level"
                descendingFirst: true
                minimum: 60
                claim: 1.7
            },
            TableColumn {
                id: latestColumn
                title: qsTr("Latest")
                role: "latest"
                sortable: false
                minimum: 104
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
            required property string headroom
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
            onMenuRequested: at => {
                menu.backend = backend;
                menu.protocol = protocol;
                menu.address = address;
                menu.draining = draining;
                menu.popup(row, at.x, at.y);
            }

            DataTableNameCell {
                column: backendColumn
                text: row.backend
                dotColor: Tones.pool(row.level)
                tag: row.protocol
            }
            DataTableSharesCell {
                column: sharesColumn
                shares: row.shares
                colors: panel.barColors
            }
            DataTableTrendCell {
                column: trendColumn
                values: row.trend
                color: Theme.color.connections
            }
            DataTableCell {
                column: countsColumn
                text: row.counts
            }
            DataTableTipCell {
                column: limitColumn
                text: row.limit
                tip: row.limitTip
            }
            DataTableCell {
                column: headroomColumn
                text: row.headroom
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
                color: row.level === PoolList.Off ? Theme.color.textSecond : Tones.pool(row.level)
            }
            DataTableCell {
                column: latestColumn
                text: row.latest
                color: row.latestBad ? Theme.color.critical : Theme.color.textSecond
            }
        }
        PoolMenu {
            id: menu
            shell: panel.shell
            page: panel.page
        }
    }
}
