// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The pipeline at a glance: stages, key figures, and how they went over time.
ScrollView {
    id: flow

    required property ShellViewModel shell
    required property FlowViewModel page

    readonly property bool wide: width > Theme.size.wide

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, (wide ? Theme.size.flowLeast : Theme.size.flowLeastFolded) + figures.implicitHeight + 2 * Theme.space.xl)

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space.xl
        spacing: Theme.space.m + 2

        GridLayout {
            Layout.fillWidth: true
            Layout.preferredHeight: flow.wide ? Theme.size.stages : Theme.size.stagesFolded
            columns: flow.wide ? 6 : 3
            columnSpacing: 0
            rowSpacing: Theme.space.m
            Repeater {
                model: flow.page.stages
                RowLayout {
                    id: cell
                    required property int index
                    required property string stage
                    required property string title
                    required property string value
                    required property string unit
                    required property list<string> labels
                    required property list<string> values
                    required property bool narrowest
                    required property string why
                    spacing: 0
                    Layout.fillHeight: true
                    Layout.fillWidth: true
                    Layout.preferredWidth: cell.index % (flow.wide ? 6 : 3) === 0 ? 100 : flow.wide ? 116 : 106
                    FlowLink {
                        visible: cell.index % (flow.wide ? 6 : 3) > 0
                        moving: flow.page.moving
                        Layout.leftMargin: Theme.size.mark
                        Layout.rightMargin: Theme.size.mark
                    }
                    StageCard {
                        stage: cell.stage
                        title: cell.title
                        value: cell.value
                        unit: cell.unit
                        labels: cell.labels
                        values: cell.values
                        narrowest: cell.narrowest
                        why: cell.why
                        clickable: flow.shell.hasPage(flow.shell.pages.keyOfStage(cell.stage))
                        onChosen: flow.shell.openPage(flow.shell.pages.keyOfStage(cell.stage))
                        Layout.fillWidth: true
                        Layout.fillHeight: true
                    }
                }
            }
        }

        KpiRow {
            id: figures
            shell: flow.shell
            kpis: flow.page.kpis
            active: flow.page.active
            Layout.fillWidth: true
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.chartLarge
            spacing: Theme.space.m + 2
            WrapGroup {
                id: upper
            }
            ChartCard {
                shell: flow.shell
                group: upper
                title: qsTr("Throughput")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 680
                plot: TimePlot {
                    session: flow.page.session
                    active: flow.page.active
                    unit: TimePlot.PerSecond
                    leastTop: 1
                    Curve {
                        series: "served_per_second"
                        label: qsTr("served")
                        color: Theme.color.accent
                        filled: true
                    }
                    Curve {
                        series: "offered_per_second"
                        label: qsTr("offered")
                        color: Theme.color.textThird
                        dashed: true
                    }
                    Curve {
                        series: "failed_per_second"
                        label: qsTr("failed")
                        color: Theme.color.critical
                        dotted: true
                    }
                }
            }
            ChartCard {
                shell: flow.shell
                group: upper
                title: qsTr("Latency p99")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 460
                plot: TimePlot {
                    session: flow.page.session
                    active: flow.page.active
                    unit: TimePlot.Milliseconds
                    leastTop: 1
                    goals: GoalLine {
                        value: flow.page.latencyGoal
                        label: qsTr("goal %1 ms").arg(flow.page.latencyGoal)
                        color: Theme.color.textThird
                    }
                    Curve {
                        series: "latency_tensor_p99_ms"
                        label: qsTr("tensor calls")
                        color: Theme.color.batches
                    }
                    Curve {
                        series: "latency_embedding_p99_ms"
                        label: qsTr("embeddings")
                        color: Theme.color.models
                    }
                    Curve {
                        series: "latency_generation_p99_ms"
                        label: qsTr("chats")
                        color: Theme.color.streams
                    }
                    Curve {
                        series: "added_p99_ms"
                        label: qsTr("added by Millrace")
                        color: Theme.color.accent
                    }
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.chartLeast
            spacing: Theme.space.m + 2
            WrapGroup {
                id: lower
            }
            ChartCard {
                shell: flow.shell
                group: lower
                title: qsTr("Connection reuse")
                dot: Theme.color.connections
                legend: false
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                plot: TimePlot {
                    session: flow.page.session
                    active: flow.page.active
                    unit: TimePlot.Share
                    fixedTop: 1
                    floor: 0.9
                    goals: GoalLine {
                        value: flow.page.reuseGoal
                        label: qsTr("goal %1 %").arg(Math.round(100 * flow.page.reuseGoal))
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
            ChartCard {
                shell: flow.shell
                group: lower
                title: qsTr("Batch size")
                dot: Theme.color.batches
                legend: false
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                plot: TimePlot {
                    session: flow.page.session
                    active: flow.page.active
                    unit: TimePlot.Rows
                    leastTop: 10
                    Curve {
                        series: "batch_rows_average"
                        label: qsTr("rows / batch")
                        color: Theme.color.batches
                        filled: true
                    }
                    Curve {
                        series: "batch_size_limit"
                        label: qsTr("adaptive limit")
                        color: Theme.color.textThird
                        dashed: true
                    }
                }
            }
            ChartCard {
                shell: flow.shell
                group: lower
                title: qsTr("Preload hits")
                dot: Theme.color.models
                legend: false
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                plot: TimePlot {
                    session: flow.page.session
                    active: flow.page.active
                    unit: TimePlot.Share
                    fixedTop: 1
                    goals: GoalLine {
                        value: flow.page.preloadGoal
                        label: qsTr("goal %1 %").arg(Math.round(100 * flow.page.preloadGoal))
                        color: Theme.color.textThird
                    }
                    Curve {
                        series: "preload_hit_rate"
                        label: qsTr("hits")
                        color: Theme.color.models
                        filled: true
                    }
                }
            }
            ChartCard {
                shell: flow.shell
                group: lower
                title: qsTr("Stream buffer")
                dot: Theme.color.streams
                legend: false
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 1
                plot: TimePlot {
                    session: flow.page.session
                    active: flow.page.active
                    unit: TimePlot.Bytes
                    leastTop: 1000
                    goals: [
                        GoalLine {
                            value: flow.page.bufferPause
                            label: qsTr("pause")
                            color: Theme.color.critical
                        },
                        GoalLine {
                            value: flow.page.bufferPause / 2
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
        }
    }
}
