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

        FlowStages {
            shell: flow.shell
            page: flow.page
            wide: flow.wide
            Layout.fillWidth: true
            Layout.preferredHeight: flow.wide ? Theme.size.stages : Theme.size.stagesFolded
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

        FlowCharts {
            shell: flow.shell
            page: flow.page
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.chartLeast
        }
    }
}
