// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// How requests are put together, and why each batch left.
ScrollView {
    id: batches

    required property ShellViewModel shell
    required property BatchesViewModel page

    readonly property bool wide: width > 1100
    readonly property int gap: Theme.space.m + 2
    // In the order of BatchesViewModel.Why.
    readonly property list<color> whyColors: [Theme.color.batches, Theme.color.streams, Theme.color.critical, Theme.color.models, Theme.color.textThird]
    readonly property list<string> whyWords: [qsTr("full"), qsTr("backend idle"), qsTr("time"), qsTr("deadline"), qsTr("emptied")]

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, (batches.page.any ? 138 + 2 * 190 + queues.Layout.preferredHeight + 3 * gap : 480) + 2 * Theme.space.xl)

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space.xl
        spacing: batches.gap
        visible: batches.page.any

        KpiRow {
            session: batches.page.session
            kpis: batches.page.kpis
            active: batches.page.active
            Layout.fillWidth: true
            Layout.preferredHeight: 138
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 210
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
                        label: qsTr("adaptive limit")
                        color: Theme.color.textThird
                        dashed: true
                    }
                }
            }
            Panel {
                title: qsTr("How large")
                now: batches.page.session.time.past
                subtitle: qsTr("batches by rows, since start")
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
                    Accessible.name: qsTr("How large batches are")
                    Accessible.description: sizes.spoken
                    FigureHint {
                        figure: sizes
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !sizes.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("no batch has left yet")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 210
            spacing: batches.gap
            Panel {
                title: qsTr("Why each batch left")
                now: batches.page.session.time.past
                subtitle: batches.wide ? qsTr("width: time at the backend · height: rows") : ""
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 66
                legend: [
                    Legend {
                        square: true
                        color: batches.whyColors[0]
                        text: batches.whyWords[0]
                    },
                    Legend {
                        square: true
                        color: batches.whyColors[1]
                        text: batches.whyWords[1]
                    },
                    Legend {
                        square: true
                        color: batches.whyColors[2]
                        text: batches.whyWords[2]
                    },
                    Legend {
                        square: true
                        color: batches.whyColors[3]
                        text: batches.whyWords[3]
                    }
                ]
                BatchStrip {
                    id: strip
                    anchors.fill: parent
                    visible: heights.length > 0
                    activeFocusOnTab: true
                    widths: batches.page.stripRuns
                    heights: batches.page.stripRows
                    kinds: batches.page.stripWhys
                    hints: batches.page.stripHints
                    colors: batches.whyColors
                    fromText: batches.page.stripFrom
                    toText: qsTr("newest")
                    gridColor: Theme.color.grid
                    textColor: Theme.color.textThird
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Why each batch left")
                    Accessible.description: current >= 0 ? currentHint : batches.page.stripSummary
                    FigureHint {
                        figure: strip
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !strip.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("no batch has left yet")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
            Panel {
                title: qsTr("Wait against fill")
                now: batches.page.session.time.past
                subtitle: qsTr("each mark a batch")
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
                    kinds: batches.page.whys
                    hints: batches.page.hints
                    colors: batches.whyColors
                    fromText: qsTr("empty")
                    toText: qsTr("full")
                    gridColor: Theme.color.grid
                    textColor: Theme.color.textThird
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Wait against fill")
                    Accessible.description: current >= 0 ? currentHint : batches.page.stripSummary
                    FigureHint {
                        figure: scatter
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !scatter.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("no batch has left yet")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
        }

        Panel {
            id: queues
            title: qsTr("Queues")
            now: batches.page.session.time.past
            inset: Theme.space.m + 2
            Layout.fillWidth: true
            Layout.preferredHeight: 34 + 28 + Theme.space.m + Math.min(6, Math.max(1, rows.count)) * Theme.size.row

            readonly property int space: Theme.space.l
            readonly property int nameWidth: batches.wide ? 220 : 170
            readonly property int waitingWidth: 78
            readonly property int oldestWidth: 62
            readonly property int sizeWidth: 148
            readonly property int costWidth: batches.wide ? 148 : 0
            readonly property int rateWidth: 60
            readonly property int lastWidth: Math.max(60, rows.width - nameWidth - waitingWidth - oldestWidth - sizeWidth - costWidth - rateWidth - space * (batches.wide ? 6 : 5))

            Row {
                id: head
                spacing: queues.space
                HeaderCell {
                    width: queues.nameWidth
                    text: qsTr("Model · signature")
                }
                HeaderCell {
                    width: queues.waitingWidth
                    text: qsTr("Waiting")
                    alignRight: true
                }
                HeaderCell {
                    width: queues.oldestWidth
                    text: qsTr("Oldest")
                    alignRight: true
                }
                HeaderCell {
                    width: queues.sizeWidth
                    text: qsTr("Average / limit / configured")
                    alignRight: true
                }
                HeaderCell {
                    visible: batches.wide
                    width: queues.costWidth
                    text: qsTr("Cost a + b · rows")
                    alignRight: true
                }
                HeaderCell {
                    width: queues.rateWidth
                    text: qsTr("Rows/s")
                    alignRight: true
                }
                HeaderCell {
                    width: queues.lastWidth
                    text: qsTr("Last batch")
                }
            }
            Rectangle {
                anchors.top: head.bottom
                width: parent.width
                height: Theme.space.hair
                color: Theme.color.line
            }
            ListView {
                id: rows
                objectName: "lanes"
                anchors.fill: parent
                anchors.topMargin: head.height + 1
                clip: true
                interactive: contentHeight > height
                boundsBehavior: Flickable.StopAtBounds
                model: batches.page.lanes
                activeFocusOnTab: true
                Accessible.role: Accessible.Table
                Accessible.name: qsTr("Queues")
                ScrollBar.vertical: ScrollBar {}

                delegate: Item {
                    id: row
                    required property string name
                    required property string signature
                    required property string waiting
                    required property string oldest
                    required property string average
                    required property string limit
                    required property string limitMax
                    required property string limitWhy
                    required property string cost
                    required property string rate
                    required property string last

                    width: rows.width
                    height: Theme.size.row
                    Accessible.role: Accessible.Row
                    Accessible.name: name + ", " + waiting + " " + qsTr("waiting") + ", " + last

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
                        spacing: queues.space
                        Row {
                            width: queues.nameWidth
                            height: parent.height
                            spacing: Theme.space.s
                            TableCell {
                                id: nameCell
                                width: Math.min(implicitWidth, queues.nameWidth * 0.6)
                                text: row.name
                                font.weight: Font.DemiBold
                            }
                            TableCell {
                                width: queues.nameWidth - nameCell.width - Theme.space.s
                                text: row.signature
                                color: Theme.color.textSecond
                            }
                        }
                        TableCell {
                            width: queues.waitingWidth
                            text: row.waiting
                            alignRight: true
                        }
                        TableCell {
                            width: queues.oldestWidth
                            text: row.oldest
                            alignRight: true
                        }
                        TableCell {
                            width: queues.sizeWidth
                            text: row.average + " / " + row.limit + " / " + row.limitMax
                            alignRight: true
                            HoverHandler {
                                id: sizeHover
                            }
                            ToolTip.text: row.limitWhy
                            ToolTip.visible: sizeHover.hovered
                            ToolTip.delay: Theme.duration.tooltip
                        }
                        TableCell {
                            visible: batches.wide
                            width: queues.costWidth
                            text: row.cost
                            alignRight: true
                        }
                        TableCell {
                            width: queues.rateWidth
                            text: row.rate
                            alignRight: true
                        }
                        TableCell {
                            width: queues.lastWidth
                            text: row.last
                            color: Theme.color.textSecond
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
        }
    }

    PlaceholderMessage {
        visible: !batches.page.any
        anchors.centerIn: parent
        symbol: "batches"
        title: batches.page.session.hasData ? qsTr("No request was batched yet") : qsTr("Waiting for the engine")
        text: batches.page.session.hasData ? qsTr("Requests for the same model that arrive close together leave in one batch. Send a few at the same time to %1.").arg(batches.shell.engine.endpoint) : qsTr("As soon as it answers, its batches stand here.")
        action: batches.page.session.hasData ? qsTr("Copy as curl") : ""
        onActed: batches.shell.copy(batches.shell.engine.curl, qsTr("curl command"))
    }
}
