// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// A chart with its title, readings, table twin (T) and exports. Give it a TimePlot.
// Keys on it: ← → crosshair, Enter pins it, Esc clears, + − and Backspace zoom, 1 … 9 one curve alone, L logarithmic.
Card {
    id: card

    required property ShellViewModel shell
    required property TimePlot plot
    required property string title
    property string subtitle
    property color dot: "transparent"
    property bool legend: true
    property bool asTable: false
    property bool tableMade: false   // when it is first wanted; it keeps its place from then on
    property alias group: header.group   // of the charts beside it, whose legends wrap alike

    readonly property bool roomy: width > Theme.size.chartNarrow
    readonly property bool toolsShown: cardHover.hovered || activeFocus || asTable || tableTool.activeFocus || logTool.activeFocus || exportTool.activeFocus || moreTool.activeFocus || exports.opened

    onAsTableChanged: card.tableMade = true
    highlighted: visible && card.plot.draws(card.shell.highlightedFigure)
    activeFocusOnTab: true
    Accessible.role: Accessible.Grouping
    Accessible.name: card.title
    Keys.onShortcutOverride: event => event.accepted = !card.asTable && chart.pointer.takesKey(event.key, event.modifiers)
    Keys.onPressed: event => {
        if (event.key === Qt.Key_T && event.modifiers === Qt.NoModifier) {
            card.asTable = !card.asTable;
            event.accepted = true;
        } else {
            event.accepted = !card.asTable && chart.pointer.key(event.key, event.modifiers);
        }
    }
    TapHandler {
        enabled: !card.asTable   // the table takes the focus by itself
        onTapped: card.forceActiveFocus(Qt.MouseFocusReason)
    }
    FocusRing {
        shown: card.activeFocus
    }
    HoverHandler {
        id: cardHover
    }

    // What does not fit beside the title continues in a second line. The tools have a fixed place, shown or not; in a narrow
    // card they are one button with a menu.
    WrapRow {
        id: header
        x: Theme.space.m + 2
        y: Theme.space.m
        width: parent.width - 2 * x
        lineHeight: Theme.space.xl
        spacing: card.roomy ? Theme.space.m : Theme.space.s
        firstLess: tools.width - Theme.space.s

        Row {
            spacing: Theme.space.s
            height: Theme.space.xl
            Dot {
                visible: card.dot.a > 0
                color: card.dot
                anchors.verticalCenter: parent.verticalCenter
            }
            Label {
                height: parent.height
                width: Math.min(implicitWidth, Math.max(0, header.width - header.firstLess - x))
                text: card.title
                font.weight: Font.DemiBold
            }
            Label {
                visible: text.length > 0
                height: parent.height
                text: card.subtitle
                color: Theme.color.textThird
                font.pixelSize: Theme.font.small
            }
            Label {
                visible: text.length > 0
                height: parent.height
                text: card.plot.stepText
                color: Theme.color.textThird
                font.pixelSize: Theme.font.small
            }
        }
        Repeater {
            model: card.plot.curves
            ChartLegend {
                required property Curve modelData
                required property int index
                curve: modelData
                named: card.legend
                reading: card.plot.reading
                onChosen: card.plot.isolate(index)
            }
        }
        Repeater {
            model: card.plot.goals
            Legend {
                required property GoalLine modelData
                color: modelData.color
                text: modelData.label
                dashed: true
            }
        }
    }

    Row {
        id: tools
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.s
        y: Theme.space.s
        visible: card.toolsShown
        Button {
            id: logTool
            objectName: "log"
            visible: card.roomy && card.plot.mayBeLog && !card.asTable
            text: qsTr("log")
            flat: true
            checked: card.plot.logarithmic
            font.pixelSize: Theme.font.small
            ToolTip.text: card.plot.logarithmic ? qsTr("Linear axis (L)") : qsTr("Logarithmic axis (L)")
            onClicked: card.plot.scale = card.plot.logarithmic ? TimePlot.Linear : TimePlot.Logarithmic
        }
        Button {
            id: tableTool
            objectName: "table"
            visible: card.roomy
            icon.name: "table"
            flat: true
            ToolTip.text: card.asTable ? qsTr("Show %1 as a chart (T)").arg(card.title) : qsTr("Show %1 as a table (T)").arg(card.title)
            checked: card.asTable
            onClicked: card.asTable = !card.asTable
        }
        Button {
            id: exportTool
            objectName: "export"
            visible: card.roomy
            icon.name: "download"
            flat: true
            ToolTip.text: qsTr("Export %1").arg(card.title)
            onClicked: exports.popup(exportTool, 0, exportTool.height + Theme.space.xs)
        }
        Button {
            id: moreTool
            objectName: "chart-menu"
            visible: !card.roomy
            icon.name: "more"
            flat: true
            ToolTip.text: qsTr("View and export of %1").arg(card.title)
            onClicked: exports.popup(moreTool, 0, moreTool.height + Theme.space.xs)
        }
    }
    Menu {
        id: exports
        MenuItem {
            icon.name: "copy"
            text: qsTr("Copy as CSV")
            onTriggered: card.shell.copy(card.plot.csv(), qsTr("CSV of %1").arg(card.title))
        }
        MenuItem {
            icon.name: "download"
            text: qsTr("Save as CSV")
            onTriggered: card.shell.saveText(card.plot.fileStem(card.title), "csv", card.plot.csv())
        }
        MenuItem {
            icon.name: "image"
            text: qsTr("Save as PNG")
            onTriggered: {
                const path = card.shell.exportPath(card.plot.fileStem(card.title), "png");
                card.shell.exported(path, chart.savePicture(path, qsTr("Millrace · %1 · %2").arg(card.shell.engine.endpoint).arg(card.shell.engine.headline)));
            }
        }
        MenuSeparator {}
        MenuItem {
            text: qsTr("As a table")
            checkable: true
            checked: card.asTable
            onTriggered: card.asTable = !card.asTable
        }
        MenuItem {
            enabled: card.plot.mayBeLog && !card.asTable
            text: qsTr("Logarithmic axis")
            checkable: true
            checked: card.plot.logarithmic
            onTriggered: card.plot.scale = card.plot.logarithmic ? TimePlot.Linear : TimePlot.Logarithmic
        }
    }

    Item {
        id: body
        anchors.fill: parent
        anchors.leftMargin: Theme.space.m
        anchors.rightMargin: Theme.space.m
        anchors.topMargin: header.y + header.implicitHeight + 2
        anchors.bottomMargin: Theme.space.s

        LineChart {
            id: chart
            anchors.fill: parent
            visible: !card.asTable
            plot: card.plot
            name: card.title
            focused: card.activeFocus
            onPressed: card.forceActiveFocus(Qt.MouseFocusReason)
        }
        Repeater {
            model: card.tableMade ? 1 : 0
            PlotTableView {
                visible: card.asTable
                anchors.fill: parent
                shell: card.shell
                title: card.title
                plot: card.plot
            }
        }
    }
}
