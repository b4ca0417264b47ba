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

    readonly property bool wide: width > 1100
    readonly property int gap: Theme.space.m + 2
    readonly property list<color> levelColors: [Theme.color.ok, Theme.color.textSecond, Theme.color.warning, Theme.color.textSecond]

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, 138 + table.Layout.preferredHeight + 2 * 166 + 3 * gap + 2 * Theme.space.xl)

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space.xl
        spacing: streams.gap

        KpiRow {
            session: streams.page.session
            kpis: streams.page.kpis
            active: streams.page.active
            Layout.fillWidth: true
            Layout.preferredHeight: 138
        }

        Panel {
            id: table
            title: qsTr("Open streams")
            now: streams.page.session.time.past
            inset: Theme.space.m + 2
            Layout.fillWidth: true
            Layout.preferredHeight: streams.page.any ? 34 + 28 + Theme.space.m + Math.min(6, Math.max(3, rows.count)) * Theme.size.row : 190
            tools: [
                ComboBox {
                    height: 26
                    radius: height / 2
                    visible: streams.page.any
                    Accessible.name: qsTr("Order")
                    model: [qsTr("Oldest first"), qsTr("Slowest client first"), qsTr("Fastest first")]
                    currentIndex: streams.page.order
                    onActivated: index => streams.page.order = index
                }
            ]

            readonly property int space: Theme.space.m
            readonly property int clientWidth: streams.wide ? 150 : 110
            readonly property int modelWidth: streams.wide ? 190 : 160
            readonly property int rateWidth: 92
            readonly property int sentWidth: 70
            readonly property int fillWidth: streams.wide ? 190 : 90
            readonly property int chunkWidth: 76
            readonly property int ratioWidth: 44
            readonly property int stateWidth: Math.max(80, rows.width - clientWidth - modelWidth - rateWidth - sentWidth - fillWidth - chunkWidth - ratioWidth - space * 7 - Theme.space.l)

            Row {
                id: head
                visible: streams.page.any
                spacing: table.space
                HeaderCell {
                    width: table.clientWidth
                    text: qsTr("Client")
                }
                HeaderCell {
                    width: table.modelWidth
                    text: qsTr("Model")
                }
                HeaderCell {
                    width: table.rateWidth
                    text: qsTr("Rate")
                    alignRight: true
                }
                HeaderCell {
                    width: table.sentWidth
                    text: qsTr("Sent")
                    alignRight: true
                }
                HeaderCell {
                    width: table.fillWidth
                    text: streams.wide ? qsTr("Buffer, full = pause, half = resume") : qsTr("Buffer")
                }
                HeaderCell {
                    width: table.stateWidth
                    text: qsTr("State")
                }
                HeaderCell {
                    width: table.chunkWidth
                    text: qsTr("Chunk")
                    alignRight: true
                }
                HeaderCell {
                    width: table.ratioWidth
                    text: qsTr("gzip")
                    alignRight: true
                }
            }
            Rectangle {
                visible: streams.page.any
                anchors.top: head.bottom
                width: parent.width
                height: Theme.space.hair
                color: Theme.color.line
            }
            ListView {
                id: rows
                objectName: "streams"
                visible: streams.page.any
                anchors.fill: parent
                anchors.topMargin: head.height + 1
                clip: true
                interactive: contentHeight > height
                boundsBehavior: Flickable.StopAtBounds
                reuseItems: true
                model: streams.page.streams
                activeFocusOnTab: true
                Accessible.role: Accessible.Table
                Accessible.name: qsTr("Open streams")
                ScrollBar.vertical: ScrollBar {}

                delegate: Item {
                    id: row
                    required property string client
                    required property string name
                    required property string protocol
                    required property string rate
                    required property string sent
                    required property double fill
                    required property string fillText
                    required property string stateText
                    required property int level
                    required property string chunk
                    required property string compression

                    width: rows.width
                    height: Theme.size.row
                    Accessible.role: Accessible.Row
                    Accessible.name: client + ", " + name + ", " + stateText + ", " + rate

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
                        TableCell {
                            width: table.clientWidth
                            text: row.client
                            font.weight: Font.DemiBold
                        }
                        Row {
                            width: table.modelWidth
                            height: parent.height
                            spacing: Theme.space.s
                            TableCell {
                                width: Math.min(implicitWidth, table.modelWidth - protocolTag.width - Theme.space.s)
                                text: row.name
                            }
                            Tag {
                                id: protocolTag
                                anchors.verticalCenter: parent.verticalCenter
                                text: row.protocol
                            }
                        }
                        TableCell {
                            width: table.rateWidth
                            text: row.rate
                            alignRight: true
                        }
                        TableCell {
                            width: table.sentWidth
                            text: row.sent
                            alignRight: true
                        }
                        SharesBar {
                            width: table.fillWidth
                            height: Theme.space.s
                            anchors.verticalCenter: parent.verticalCenter
                            shares: [Math.max(0, row.fill)]
                            colors: [row.level === StreamList.Paused ? Theme.color.critical : Theme.color.streams]
                            track: Theme.color.grid
                            mark: row.fill >= 0 ? 0.5 : -1
                            markColor: Theme.color.textThird
                            Accessible.role: Accessible.ProgressBar
                            Accessible.name: qsTr("Buffer: %1").arg(row.fillText)
                            HoverHandler {
                                id: fillHover
                            }
                            ToolTip.text: row.fillText
                            ToolTip.visible: fillHover.hovered
                            ToolTip.delay: Theme.duration.tooltip
                        }
                        TableCell {
                            width: table.stateWidth
                            text: row.stateText
                            color: streams.levelColors[row.level]
                        }
                        TableCell {
                            width: table.chunkWidth
                            text: row.chunk
                            alignRight: true
                        }
                        TableCell {
                            width: table.ratioWidth
                            text: row.compression
                            alignRight: true
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
            PlaceholderMessage {
                visible: !streams.page.any
                anchors.centerIn: parent
                width: Math.min(parent.width, 520)
                symbol: "streams"
                title: streams.page.session.hasData ? qsTr("No stream is open right now") : qsTr("Waiting for the engine")
                text: streams.page.session.hasData ? qsTr("Ask %1 with \"stream\": true, and the answer appears here while it is sent.").arg(streams.shell.engine.endpoint) : qsTr("As soon as it answers, its streams stand here.")
                action: streams.page.session.hasData ? qsTr("Copy as curl") : ""
                onActed: streams.shell.copy(streams.shell.engine.curl, qsTr("curl command"))
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 200
            spacing: streams.gap
            ChartCard {
                shell: streams.shell
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
                        label: qsTr("held")
                        color: Theme.color.streams
                        filled: true
                    }
                }
            }
            ChartCard {
                shell: streams.shell
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
            Layout.preferredHeight: 200
            spacing: streams.gap
            ChartCard {
                shell: streams.shell
                title: qsTr("Gap between events")
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
                title: qsTr("Held up by")
                now: streams.page.session.time.past
                subtitle: qsTr("seconds paused, since start")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                BarChart {
                    id: slow
                    anchors.fill: parent
                    visible: values.length > 0
                    activeFocusOnTab: true
                    values: streams.page.slowSeconds
                    labels: streams.page.slowClients
                    hints: streams.page.slowHints
                    suffix: " s"
                    color: Theme.color.streams
                    gridColor: Theme.color.grid
                    textColor: Theme.color.textThird
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Clients that held streams up")
                    Accessible.description: slow.spoken
                    FigureHint {
                        figure: slow
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !slow.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("no client has held a stream up")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
        }
    }
}
