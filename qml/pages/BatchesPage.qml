// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// How requests are put together, and why each batch was dispatched.
ScrollView {
    id: batches

    required property ShellViewModel shell
    required property BatchesViewModel page

    readonly property bool wide: width > Theme.size.wide
    readonly property int gap: Theme.space.m + 2
    // In the order of BatchesViewModel.Reason.
    readonly property list<color> reasonColors: [Theme.color.batches, Theme.color.streams, Theme.color.critical, Theme.color.models, Theme.color.textThird, Theme.color.textThird]
    readonly property list<string> reasonWords: [qsTr("full"), qsTr("backend idle"), qsTr("timeout"), qsTr("deadline"), qsTr("flush")]

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, (batches.page.any ? figures.implicitHeight + 2 * Theme.size.chartSmall + queues.Layout.preferredHeight + 3 * gap : Theme.size.pageEmpty) + 2 * Theme.space.xl)

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space.xl
        spacing: batches.gap
        visible: batches.page.any

        KpiRow {
            id: figures
            shell: batches.shell
            kpis: batches.page.kpis
            active: batches.page.active
            Layout.fillWidth: true
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.chart
            spacing: batches.gap
            ChartCard {
                shell: batches.shell
                title: qsTr("Batch size")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 66
                plot: TimePlot {
                    session: batches.page.session
                    active: batches.page.active
                    unit: TimePlot.Rows
                    leastTop: 10
                    Curve {
                        series: "batch_rows_average"
                        label: qsTr("rows sent")
                        color: Theme.color.batches
                        filled: true
                    }
                    Curve {
                        series: "batch_size_limit"
                        label: batches.page.limitText
                        color: Theme.color.textThird
                        dashed: true
                    }
                }
            }
            Panel {
                title: qsTr("Batch size distribution")
                subtitle: batches.page.sizesOf
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 48
                BarChart {
                    id: sizes
                    anchors.fill: parent
                    visible: values.length > 0
                    activeFocusOnTab: true
                    values: batches.page.sizeCounts
                    labels: batches.page.sizeLabels
                    hints: batches.page.sizeHints
                    color: Theme.color.batches
                    gridColor: Theme.color.grid
                    textColor: Theme.color.textThird
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Batch size distribution")
                    Accessible.description: sizes.spoken
                    FigureHint {
                        figure: sizes
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !sizes.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: batches.page.whyNoSizes
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.chart
            spacing: batches.gap
            Panel {
                title: qsTr("Dispatch reasons")
                highlighted: visible && batches.shell.highlightedFigure === "reasons"
                keysTo: recent
                now: batches.page.session.time.past
                subtitle: batches.wide ? qsTr("width: time at the backend · height: rows") : ""
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 66
                legend: [
                    Legend {
                        square: true
                        color: batches.reasonColors[0]
                        text: batches.reasonWords[0]
                    },
                    Legend {
                        square: true
                        color: batches.reasonColors[1]
                        text: batches.reasonWords[1]
                    },
                    Legend {
                        square: true
                        color: batches.reasonColors[2]
                        text: batches.reasonWords[2]
                    },
                    Legend {
                        square: true
                        color: batches.reasonColors[3]
                        text: batches.reasonWords[3]
                    }
                ]
                BatchStrip {
                    id: recent
                    anchors.fill: parent
                    visible: heights.length > 0
                    activeFocusOnTab: true
                    widths: batches.page.stripRuns
                    heights: batches.page.stripRows
                    kinds: batches.page.stripReasons
                    hints: batches.page.stripHints
                    colors: batches.reasonColors
                    fromText: batches.page.stripFrom
                    toText: qsTr("newest")
                    gridColor: Theme.color.grid
                    textColor: Theme.color.textThird
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Dispatch reasons")
                    Accessible.description: current >= 0 ? currentHint : batches.page.stripSummary
                    FigureHint {
                        figure: recent
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !recent.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("no batch was sent yet")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
            Panel {
                title: qsTr("Wait vs. batch fill")
                highlighted: visible && batches.shell.highlightedFigure === "waits"
                keysTo: scatter
                now: batches.page.session.time.past
                subtitle: qsTr("one mark per batch")
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 48
                ScatterPlot {
                    id: scatter
                    anchors.fill: parent
                    visible: ys.length > 0
                    activeFocusOnTab: true
                    xs: batches.page.fills
                    ys: batches.page.waits
                    kinds: batches.page.reasons
                    hints: batches.page.hints
                    colors: batches.reasonColors
                    fromText: qsTr("empty")
                    toText: qsTr("full")
                    gridColor: Theme.color.grid
                    textColor: Theme.color.textThird
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Wait vs. batch fill")
                    Accessible.description: current >= 0 ? currentHint : batches.page.stripSummary
                    FigureHint {
                        figure: scatter
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !scatter.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("no batch was sent yet")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
        }

        QueuesTable {
            id: queues
            shell: batches.shell
            page: batches.page
            wide: batches.wide
            Layout.fillWidth: true
            Layout.preferredHeight: implicitHeight
        }
    }

    PlaceholderMessage {
        visible: !batches.page.any
        anchors.centerIn: parent
        iconName: "batches"
        title: batches.page.session.hasData ? qsTr("No requests have been batched yet") : qsTr("Waiting for the engine")
        text: batches.page.session.hasData ? qsTr("Requests for the same model that arrive close together are sent as one batch.") + (batches.shell.engine.endpoint.length > 0 ? " " + qsTr("Send a few at the same time to %1.").arg(batches.shell.engine.endpoint) : "") : qsTr("Its batches appear here as soon as it responds.")
        action: batches.page.session.hasData && batches.shell.engine.curl.length > 0 ? qsTr("Copy as curl") : ""
        onActionTriggered: batches.shell.copy(batches.shell.engine.curl, qsTr("curl command"))
    }
}
