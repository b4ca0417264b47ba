// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Theme

// Of each stage the figure that says how well it does, over time.
RowLayout {
    id: charts

    required property ShellViewModel shell
    required property FlowViewModel page

    spacing: Theme.space.m + 2
    WrapGroup {
        id: lower
    }
    ChartCard {
        shell: charts.shell
        group: lower
        title: qsTr("Connection reuse")
        dot: Theme.color.connections
        legend: false
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.preferredWidth: 1
        plot: TimePlot {
            session: charts.page.session
            active: charts.page.active
            unit: TimePlot.Share
            fixedTop: 1
            floor: 0.9
            goals: GoalLine {
                value: charts.page.reuseGoal
                label: qsTr("goal %1 %").arg(Math.round(100 * charts.page.reuseGoal))
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
        shell: charts.shell
        group: lower
        title: qsTr("Batch size")
        dot: Theme.color.batches
        legend: false
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.preferredWidth: 1
        plot: TimePlot {
            session: charts.page.session
            active: charts.page.active
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
        shell: charts.shell
        group: lower
        title: qsTr("Preload hits")
        dot: Theme.color.models
        legend: false
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.preferredWidth: 1
        plot: TimePlot {
            session: charts.page.session
            active: charts.page.active
            unit: TimePlot.Share
            fixedTop: 1
            goals: GoalLine {
                value: charts.page.preloadGoal
                label: qsTr("goal %1 %").arg(Math.round(100 * charts.page.preloadGoal))
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
        shell: charts.shell
        group: lower
        title: qsTr("Stream buffer")
        dot: Theme.color.streams
        legend: false
        Layout.fillWidth: true
        Layout.fillHeight: true
        Layout.preferredWidth: 1
        plot: TimePlot {
            session: charts.page.session
            active: charts.page.active
            unit: TimePlot.Bytes
            leastTop: 1000
            goals: [
                GoalLine {
                    value: charts.page.bufferPause
                    label: qsTr("pause")
                    color: Theme.color.critical
                },
                GoalLine {
                    value: charts.page.bufferPause / 2
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
