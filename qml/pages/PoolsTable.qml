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
    readonly property list<color> levelColors: [Theme.color.ok, Theme.color.warning, Theme.color.critical, Theme.color.textThird]

    title: qsTr("Backends")
    wanted: visible && panel.shell.wantedFigure === "backends"
    keysTo: pools
    now: panel.page.session.time.past
    inset: Theme.space.m + 2
    implicitHeight: chrome + pools.headerHeight + Math.min(6, Math.max(1, pools.count)) * Theme.size.row
    legend: [
        Legend {
            square: true
            color: panel.barColors[0]
            text: qsTr("busy")
        },
        Legend {
            square: true
            color: panel.barColors[1]
            text: qsTr("idle")
        },
        Legend {
            square: true
            color: panel.barColors[2]
            text: qsTr("connecting")
        },
        Legend {
            square: true
            color: panel.barColors[3]
            text: qsTr("draining")
        }
    ]

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
                    color: panel.levelColors[row.level]
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
                colors: panel.barColors
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
                color: row.level === PoolList.Off ? Theme.color.textSecond : panel.levelColors[row.level]
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
                enabled: panel.page.session.writable
                onTriggered: panel.page.probe(menu.backend)
            }
            MenuItem {
                text: qsTr("Evict idle connections")
                icon.name: "eject"
                enabled: panel.page.session.writable
                onTriggered: panel.page.evictIdle(menu.backend, menu.protocol)
            }
            MenuItem {
                text: menu.draining ? qsTr("Resume") : qsTr("Drain")
                icon.name: menu.draining ? "undo" : "stop"
                enabled: panel.page.session.writable
                onTriggered: panel.page.drain(menu.backend, !menu.draining)
            }
            MenuItem {
                text: qsTr("Edit limits")
                icon.name: "settings"
                onTriggered: panel.shell.openPage(panel.page.limitPage(menu.protocol))
            }
            MenuItem {
                text: qsTr("Copy address")
                icon.name: "copy"
                enabled: menu.address.length > 0
                onTriggered: panel.shell.copy(menu.address, qsTr("address of %1").arg(menu.backend))
            }
        }
    }
}
