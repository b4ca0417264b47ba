// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtCharts
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Lines over time: a TimePlot feeds a Qt Charts view, painted items draw what stands around it, and a layer over it
// takes pointer and keys. The crosshair stands on all charts; time and annotation on the one that is pointed at.
Item {
    id: chart

    required property TimePlot plot
    property string name
    property bool focused: false   // the keys are here

    readonly property rect lines: Qt.rect(below.gutter, Theme.space.s, Math.max(0, width - below.gutter - Theme.space.xs), Math.max(0, height - Theme.space.s - Theme.size.axis))
    readonly property bool pointed: pointer.hovered || chart.focused
    readonly property alias pointer: pointer
    signal pressed

    function xOf(place: real): real {
        return Math.round(chart.lines.x + place * chart.lines.width);
    }
    function savePicture(path: string, source: string): bool {
        return below.savePicture(path, chart.name, source);
    }

    Accessible.role: Accessible.Chart
    Accessible.name: chart.name
    Accessible.description: chart.plot.summary

    component Frame: PlotFrame {
        plot: chart.plot
        anchors.fill: parent
        area: chart.lines
        font.family: Theme.font.family
        font.pixelSize: Theme.font.axis
        groundColor: Theme.color.panel
        gridColor: Theme.color.grid
        textColor: Theme.color.textThird
        strongTextColor: Theme.color.text
        configColor: Theme.color.textSecond
        modelColor: Theme.color.models
        engineColor: Theme.color.accent
        warningColor: Theme.color.warning
        errorColor: Theme.color.critical
    }

    // A word on a background, over lines.
    component Chip: Rectangle {
        id: chip
        property alias text: words.text
        property int widthMax: Theme.size.chip
        width: words.width + 2 * Theme.space.xs
        height: words.height + 2
        color: Theme.color.raised
        border.color: Theme.color.line
        radius: Theme.space.xs
        WrappedLabel {
            id: words
            x: Theme.space.xs
            y: 1
            widthMax: chip.widthMax - 2 * x
            font.pixelSize: Theme.font.tiny
        }
    }

    // Cursor A or B: a line with its letter.
    component Cursor: Rectangle {
        required property real place
        property alias letter: mark.text
        visible: place >= 0
        x: chart.xOf(place)
        y: chart.lines.y
        width: 1
        height: chart.lines.height
        color: Theme.color.accent
        Chip {
            id: mark
            x: parent.x + width + 2 > chart.lines.x + chart.lines.width ? -width : 1
            border.color: Theme.color.accent
        }
    }

    Frame {
        id: below
    }

    ChartView {
        id: view
        // A little larger than the lines' area, so that strokes on its edge are whole.
        readonly property int edge: Theme.size.chartEdge
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
        visible: chart.plot.empty
        anchors.centerIn: emptyText
        width: Math.min(chart.lines.width, emptyText.contentWidth + 2 * Theme.space.s)
        height: emptyText.contentHeight + 2 * Theme.space.xs
        color: Theme.color.panel   // grid and goals do not strike the words through
    }
    Label {
        id: emptyText
        visible: chart.plot.empty
        x: chart.lines.x
        y: chart.lines.y
        width: chart.lines.width
        height: chart.lines.height
        horizontalAlignment: Text.AlignHCenter
        text: chart.plot.emptyText
        color: Theme.color.textThird
        font.pixelSize: Theme.font.small
        wrapMode: Text.Wrap
    }

    Rectangle {
        visible: pointer.selecting
        x: chart.lines.x + pointer.selectFrom * chart.lines.width
        y: chart.lines.y
        width: (pointer.selectTo - pointer.selectFrom) * chart.lines.width
        height: chart.lines.height
        color: Theme.faint(Theme.color.accent, 0.18)
        border.color: Theme.faint(Theme.color.accent, 0.6)
    }
    Cursor {
        objectName: "cursorA"
        place: chart.plot.cursorAX
        letter: "A"
    }
    Cursor {
        objectName: "cursorB"
        place: chart.plot.cursorBX
        letter: "B"
    }
    Rectangle {
        objectName: "crosshair"
        visible: chart.plot.crosshairX >= 0
        x: chart.xOf(chart.plot.crosshairX)
        y: chart.lines.y
        width: 1
        height: chart.lines.height
        color: Theme.faint(Theme.color.text, 0.45)
    }
    Chip {
        objectName: "crosshairTime"
        visible: chart.pointed && chart.plot.crosshairX >= 0
        x: Math.max(chart.lines.x, Math.min(chart.width - width, chart.xOf(chart.plot.crosshairX) - width / 2))
        y: chart.lines.y + chart.lines.height + Theme.space.xs
        text: chart.plot.crosshairText
    }
    Chip {
        id: annotation
        objectName: "markText"
        readonly property real at: chart.xOf(chart.plot.crosshairX)
        visible: chart.pointed && text.length > 0
        widthMax: Math.max(Theme.size.hintLeast, Math.min(Theme.size.tipWidthMax, chart.lines.width - 2 * Theme.space.m))
        x: at + Theme.space.s + width <= chart.width ? at + Theme.space.s : Math.max(0, at - Theme.space.s - width)
        y: chart.lines.y + 2
        text: chart.plot.markText
    }

    PlotPointer {
        id: pointer
        objectName: "plotPointer"
        anchors.fill: parent
        plot: chart.plot
        area: chart.lines
        onPressed: chart.pressed()
    }
}
