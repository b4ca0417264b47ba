// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtCharts
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Lines over time: a TimePlot feeds a Qt Charts view, painted items draw what stands around it.
// Hovering moves the crosshair of all charts; the readings stand on the hovered one only.
Item {
    id: chart

    required property TimePlot plot
    property string name

    readonly property rect lines: Qt.rect(below.gutter, 8, Math.max(0, width - below.gutter - 4), Math.max(0, height - 8 - 24))
    readonly property alias hovered: hover.hovered

    Accessible.role: Accessible.Chart
    Accessible.name: chart.name
    Accessible.description: chart.plot.summary

    component Frame: PlotFrame {
        plot: chart.plot
        anchors.fill: parent
        area: chart.lines
        font.family: Theme.font.family
        font.pixelSize: Theme.font.axis
        gridColor: Theme.color.grid
        textColor: Theme.color.textThird
        haloColor: Theme.color.panel
        configColor: Theme.color.warning
        modelColor: Theme.color.models
        engineColor: Theme.color.accent
        badColor: Theme.color.critical
    }

    Frame {
        id: below
    }

    ChartView {
        id: view
        // A little larger than the lines' area, so that strokes on its edge are whole.
        readonly property int edge: 3
        x: chart.lines.x - edge
        y: chart.lines.y - edge
        width: chart.lines.width + 2 * edge
        height: chart.lines.height + 2 * edge
        plotArea: Qt.rect(edge, edge, chart.lines.width, chart.lines.height)
        antialiasing: true
        animationOptions: ChartView.NoAnimation
        legend.visible: false
        backgroundColor: "transparent"
        backgroundRoundness: 0
        plotAreaColor: "transparent"
        dropShadowEnabled: false
        enabled: false
        margins {
            left: 0
            top: 0
            right: 0
            bottom: 0
        }

        // The linter of Qt 6.4 does not find this type of QtCharts.
        // qmllint disable
        ValueAxis {
            id: axisX
            visible: false
        }
        ValueAxis {
            id: axisY
            visible: false
        }
        // qmllint enable
    }
    Component.onCompleted: chart.plot.attach(view, axisX, axisY)

    Frame {
        above: true
    }

    Rectangle {
        visible: chart.plot.crosshairX >= 0
        x: Math.round(chart.lines.x + chart.plot.crosshairX * chart.lines.width)
        y: chart.lines.y
        width: 1
        height: chart.lines.height
        color: Theme.faint(Theme.color.text, 0.45)
    }

    Label {
        visible: chart.plot.empty
        x: chart.lines.x
        y: chart.lines.y
        width: chart.lines.width
        height: chart.lines.height
        horizontalAlignment: Text.AlignHCenter
        text: qsTr("nothing measured in this window")
        color: Theme.color.textThird
        font.pixelSize: Theme.font.small
    }

    HoverHandler {
        id: hover
        onPointChanged: chart.plot.hover(hovered ? (point.position.x - chart.lines.x) / chart.lines.width : -1)
        onHoveredChanged: if (!hovered)
            chart.plot.hover(-1)
    }

    Rectangle {
        id: readings
        readonly property real at: chart.lines.x + chart.plot.crosshairX * chart.lines.width
        visible: hover.hovered && chart.plot.crosshairX >= 0
        x: at + 12 + width < chart.width ? at + 12 : at - 12 - width
        y: chart.lines.y + 6
        width: list.implicitWidth + 2 * Theme.space.s
        height: list.implicitHeight + 2 * Theme.space.s - 2
        color: Theme.color.raised
        border.color: Theme.color.line
        radius: Theme.size.radiusSmall

        Column {
            id: list
            x: Theme.space.s
            y: Theme.space.s - 1
            spacing: 3
            Label {
                text: chart.plot.crosshairText
                color: Theme.color.textSecond
                font.pixelSize: Theme.font.tiny
            }
            Repeater {
                model: chart.plot.curves
                Row {
                    id: reading
                    required property Curve modelData
                    spacing: Theme.space.m
                    Legend {
                        width: Math.max(88, implicitWidth)
                        color: reading.modelData.color
                        text: reading.modelData.label
                        dashed: reading.modelData.dashed
                    }
                    Label {
                        width: Math.max(64, implicitWidth)
                        horizontalAlignment: Text.AlignRight
                        text: reading.modelData.reading
                        font.pixelSize: Theme.font.small
                        font.weight: Font.Medium
                    }
                }
            }
        }
    }
}
