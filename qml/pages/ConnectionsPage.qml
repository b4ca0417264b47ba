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

    readonly property int gap: Theme.space.m + 2

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

        PoolsTable {
            id: table
            shell: connections.shell
            page: connections.page
            Layout.fillWidth: true
            Layout.preferredHeight: implicitHeight
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
            OpenConnections {
                objectName: "each-connection"
                shell: connections.shell
                page: connections.page
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 60
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
        iconName: "plug"
        title: connections.page.session.hasData ? qsTr("No backend is configured") : qsTr("Waiting for the engine")
        text: connections.page.session.hasData ? qsTr("Connections appear here as soon as the engine knows a backend. Add one in the settings, under Backends.") : qsTr("Its connections appear here as soon as it responds.")
        action: connections.page.session.hasData ? qsTr("Open settings") : ""
        onActionTriggered: connections.shell.openPage("settings/backends[].address")
    }
}
