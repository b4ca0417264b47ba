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

    readonly property int gap: Theme.space.m + 2

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

        StreamsTable {
            id: table
            shell: streams.shell
            page: streams.page
            Layout.fillWidth: true
            Layout.preferredHeight: implicitHeight
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
                highlighted: visible && streams.shell.highlightedFigure === "slow"
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
                    ScrollBar.vertical: ScrollBar {
                        id: slowBar
                    }
                    delegate: Item {
                        id: slowRow
                        required property string modelData
                        required property int index
                        width: slow.width - (slowBar.visible ? slowBar.width : 0)
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
