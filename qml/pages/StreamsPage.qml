// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Answers on their way, and who holds them up.
ScrollView {
    id: streams

    required property ShellViewModel shell
    required property StreamsViewModel page

    readonly property bool wide: width > Theme.size.wide
    readonly property int gap: Theme.space.m + 2
    readonly property list<color> levelColors: [Theme.color.ok, Theme.color.textSecond, Theme.color.warning, Theme.color.textSecond]

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, figures.implicitHeight + table.Layout.preferredHeight + 2 * Theme.size.chartSmall + 3 * gap + 2 * Theme.space.xl)

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space.xl
        spacing: streams.gap

        KpiRow {
            id: figures
            shell: streams.shell
            kpis: streams.page.kpis
            active: streams.page.active
            Layout.fillWidth: true
        }

        Panel {
            id: table
            title: qsTr("Open streams")
            wanted: visible && streams.shell.wantedFigure === "streams"
            keysTo: rows
            now: streams.page.session.time.past
            inset: Theme.space.m + 2
            Layout.fillWidth: true
            Layout.preferredHeight: chrome + rows.headerHeight + 6 * Theme.size.row
            DataTable {
                id: rows
                anchors.fill: parent
                visible: streams.page.any
                shell: streams.shell
                name: "streams"
                title: qsTr("Open streams")
                model: streams.page.streams
                columns: [
                    TableColumn {
                        id: clientColumn
                        title: qsTr("Client")
                        role: "client"
                        hideable: false
                        minimum: 142   // a name and a port
                        weight: 2
                    },
                    TableColumn {
                        id: modelColumn
                        title: qsTr("Model")
                        role: "name"
                        minimum: 120
                        weight: 2
                    },
                    TableColumn {
                        id: rateColumn
                        title: qsTr("Rate")
                        role: "rate"
                        sortRole: "bytesPerSecond"
                        descendingFirst: true
                        alignRight: true
                        minimum: 80
                    },
                    TableColumn {
                        id: trendColumn
                        title: qsTr("Trend")
                        tip: qsTr("Bytes per second to the client")
                        role: "trend"
                        sortable: false
                        minimum: 60
                    },
                    TableColumn {
                        id: sentColumn
                        title: qsTr("Sent")
                        role: "sent"
                        sortRole: "bytesOut"
                        descendingFirst: true
                        alignRight: true
                        minimum: 62
                    },
                    TableColumn {
                        id: fillColumn
                        title: qsTr("Buffered")
                        tip: qsTr("Bytes waiting for the client, out of the stream's window. When it is full, reading from the backend pauses; at the mark it resumes. A client that reads nothing is paused before the buffer is full.")
                        role: "fillText"
                        sortRole: "fill"
                        descendingFirst: true
                        minimum: 72
                        weight: 2
                    },
                    TableColumn {
                        id: stateColumn
                        title: qsTr("State")
                        role: "stateText"
                        sortRole: "pausedSeconds"
                        descendingFirst: true
                        minimum: 152
                        weight: 2
                    },
                    TableColumn {
                        id: chunkColumn
                        title: qsTr("Chunk")
                        role: "chunk"
                        sortRole: "chunkBytes"
                        descendingFirst: true
                        alignRight: true
                        minimum: 62
                    },
                    TableColumn {
                        id: ratioColumn
                        title: qsTr("gzip")
                        tip: qsTr("Original size divided by sent size")
                        role: "compression"
                        sortRole: "ratio"
                        descendingFirst: true
                        alignRight: true
                        minimum: 44
                    }
                ]
                delegate: DataTableRow {
                    id: row
                    required property double requestId
                    required property string client
                    required property string name
                    required property string protocol
                    required property string rate
                    required property string sent
                    required property double fill
                    required property list<double> trend
                    required property string fillText
                    required property string stateText
                    required property int level
                    required property string chunk
                    required property string compression

                    table: rows
                    Accessible.name: client + ", " + name + ", " + stateText + ", " + rate
                    onMenuAsked: at => {
                        menu.requestId = requestId;
                        menu.client = client;
                        menu.popup(row, at.x, at.y);
                    }

                    DataTableCell {
                        column: clientColumn
                        text: row.client
                        elide: Text.ElideMiddle
                        font.weight: Font.DemiBold
                    }
                    Row {
                        x: modelColumn.x
                        width: modelColumn.width
                        visible: modelColumn.shown
                        height: parent.height
                        spacing: Theme.space.s
                        Label {
                            width: Math.min(implicitWidth, modelColumn.width - protocolTag.width - Theme.space.s)
                            height: parent.height
                            text: row.name
                            elide: Text.ElideMiddle
                            font.pixelSize: Theme.font.small
                        }
                        Tag {
                            id: protocolTag
                            anchors.verticalCenter: parent.verticalCenter
                            text: row.protocol
                        }
                    }
                    DataTableCell {
                        column: rateColumn
                        text: row.rate
                    }
                    TrendLine {
                        x: trendColumn.x
                        width: trendColumn.width
                        visible: trendColumn.shown
                        height: Theme.size.trend
                        anchors.verticalCenter: parent.verticalCenter
                        values: row.trend
                        color: Theme.color.streams
                    }
                    DataTableCell {
                        column: sentColumn
                        text: row.sent
                    }
                    SharesBar {
                        x: fillColumn.x
                        width: fillColumn.width
                        visible: fillColumn.shown
                        height: Theme.size.bar
                        anchors.verticalCenter: parent.verticalCenter
                        shares: [Math.max(0, row.fill)]
                        colors: [row.level === StreamList.Paused ? Theme.color.critical : Theme.color.streams]
                        track: Theme.color.grid
                        mark: row.fill >= 0 ? 0.5 : -1
                        markColor: Theme.color.textThird
                        Accessible.role: Accessible.ProgressBar
                        Accessible.name: qsTr("Buffered: %1").arg(row.fillText)
                        HoverHandler {
                            id: fillHover
                        }
                        ToolTip.text: row.fillText
                        ToolTip.visible: fillHover.hovered
                        ToolTip.delay: Theme.duration.tooltip
                    }
                    DataTableCell {
                        column: stateColumn
                        text: row.stateText
                        color: streams.levelColors[row.level]
                    }
                    DataTableCell {
                        column: chunkColumn
                        text: row.chunk
                    }
                    DataTableCell {
                        column: ratioColumn
                        text: row.compression
                    }
                }
                Menu {
                    id: menu
                    property double requestId
                    property string client
                    MenuItem {
                        objectName: "cancel-stream"
                        text: qsTr("Cancel stream")
                        icon.name: "cross"
                        enabled: streams.page.session.writable && menu.requestId > 0
                        onTriggered: streams.page.cancel(menu.requestId)
                    }
                    MenuItem {
                        text: qsTr("Copy client")
                        icon.name: "copy"
                        onTriggered: streams.shell.copy(menu.client, qsTr("name of the client"))
                    }
                }
            }
            PlaceholderMessage {
                visible: !streams.page.any
                anchors.centerIn: parent
                width: Math.min(parent.width, Theme.size.message)
                symbol: "streams"
                title: streams.page.session.hasData ? qsTr("No streams are open") : qsTr("Waiting for the engine")
                text: streams.page.session.hasData ? streams.shell.engine.endpoint.length === 0 ? qsTr("Responses appear here while they are sent.") : qsTr("Send a request with \"stream\": true to %1 and its response appears here while it is sent.").arg(streams.shell.engine.endpoint) : qsTr("Its streams appear here as soon as it responds.")
                action: streams.page.session.hasData && streams.shell.engine.curl.length > 0 ? qsTr("Copy as curl") : ""
                onActed: streams.shell.copy(streams.shell.engine.curl, qsTr("curl command"))
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.chart
            spacing: streams.gap
            WrapGroup {
                id: upper
            }
            ChartCard {
                shell: streams.shell
                group: upper
                title: qsTr("Buffered bytes")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 66
                plot: TimePlot {
                    session: streams.page.session
                    active: streams.page.active
                    unit: TimePlot.Bytes
                    leastTop: 1000
                    goals: [
                        GoalLine {
                            value: streams.page.bufferPause
                            label: qsTr("pause")
                            color: Theme.color.critical
                        },
                        GoalLine {
                            value: streams.page.bufferPause / 2
                            label: qsTr("resume")
                            color: Theme.color.textThird
                        }
                    ]
                    Curve {
                        series: "stream_buffered_bytes"
                        label: qsTr("buffered")
                        color: Theme.color.streams
                        filled: true
                    }
                }
            }
            ChartCard {
                shell: streams.shell
                group: upper
                title: qsTr("Chunk size")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 48
                plot: TimePlot {
                    session: streams.page.session
                    active: streams.page.active
                    unit: TimePlot.Bytes
                    leastTop: 100
                    Curve {
                        series: "stream_chunk_bytes_average"
                        label: qsTr("average")
                        color: Theme.color.streams
                    }
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.chart
            spacing: streams.gap
            WrapGroup {
                id: lower
            }
            ChartCard {
                shell: streams.shell
                group: lower
                title: qsTr("Inter-token latency")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                plot: TimePlot {
                    session: streams.page.session
                    active: streams.page.active
                    unit: TimePlot.Milliseconds
                    leastTop: 1
                    Curve {
                        series: "stream_gap_p50_ms"
                        label: qsTr("p50")
                        color: Theme.color.streams
                    }
                    Curve {
                        series: "stream_gap_p99_ms"
                        label: qsTr("p99")
                        color: Theme.color.batches
                    }
                }
            }
            ChartCard {
                shell: streams.shell
                group: lower
                title: qsTr("Bytes in and out")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                plot: TimePlot {
                    session: streams.page.session
                    active: streams.page.active
                    unit: TimePlot.BytesPerSecond
                    leastTop: 1000
                    Curve {
                        series: "stream_bytes_out_per_second"
                        label: qsTr("to clients")
                        color: Theme.color.streams
                        filled: true
                    }
                    Curve {
                        series: "stream_bytes_in_per_second"
                        label: qsTr("from backends")
                        color: Theme.color.textThird
                        dashed: true
                    }
                }
            }
            Panel {
                title: qsTr("Paused by client")
                wanted: visible && streams.shell.wantedFigure === "slow"
                keysTo: slow
                subtitle: qsTr("since start")
                inset: Theme.space.m + 2
                now: streams.page.session.time.past
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                ListView {
                    id: slow
                    objectName: "slow-clients"
                    anchors.fill: parent
                    clip: true
                    interactive: contentHeight > height
                    boundsBehavior: Flickable.StopAtBounds
                    activeFocusOnTab: count > 0
                    model: streams.page.slowClients
                    Accessible.role: Accessible.List
                    Accessible.name: qsTr("Clients that paused streams")
                    ScrollBar.vertical: ScrollBar {}
                    delegate: Item {
                        id: slowRow
                        required property string modelData
                        required property int index
                        width: slow.width
                        height: Theme.size.controlSmall
                        Accessible.role: Accessible.ListItem
                        Accessible.name: streams.page.slowHints[index] ?? ""
                        Label {
                            id: slowName
                            width: parent.width * 0.45
                            height: parent.height
                            text: slowRow.modelData
                            elide: Text.ElideMiddle
                            font.pixelSize: Theme.font.small
                        }
                        SharesBar {
                            anchors.left: slowName.right
                            anchors.leftMargin: Theme.space.s
                            anchors.right: slowTime.left
                            anchors.rightMargin: Theme.space.s
                            anchors.verticalCenter: parent.verticalCenter
                            height: Theme.size.bar
                            shares: [(streams.page.slowSeconds[slowRow.index] ?? 0) / Math.max(1, streams.page.slowSeconds[0] ?? 1)]
                            colors: [Theme.color.streams]
                            track: Theme.color.grid
                        }
                        Label {
                            id: slowTime
                            anchors.right: parent.right
                            height: parent.height
                            text: streams.page.slowTexts[slowRow.index] ?? ""
                            font.pixelSize: Theme.font.small
                        }
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: slow.count === 0
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("no client has paused a stream")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
        }
    }
}
