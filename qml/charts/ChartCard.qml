// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// A chart with its title, legend, table twin (T) and exports. Give it a TimePlot.
Card {
    id: card

    required property ShellViewModel shell
    required property TimePlot plot
    required property string title
    property string subtitle
    property color dot: "transparent"
    property bool legend: true
    property bool asTable: false

    activeFocusOnTab: true
    Accessible.role: Accessible.Grouping
    Accessible.name: card.title
    Keys.onPressed: event => {
        if (event.key === Qt.Key_T) {
            card.asTable = !card.asTable;
            event.accepted = true;
        }
    }
    TapHandler {
        onTapped: card.forceActiveFocus()
    }
    FocusRing {
        shown: card.activeFocus
    }

    Row {
        id: header
        x: Theme.space.m + 2
        y: Theme.space.m
        height: Theme.space.xl
        width: parent.width - 2 * x - (tools.visible ? tools.width : 0)
        spacing: Theme.space.m
        clip: true

        Row {
            spacing: Theme.space.s
            height: parent.height
            Dot {
                visible: card.dot.a > 0
                color: card.dot
                anchors.verticalCenter: parent.verticalCenter
            }
            Label {
                height: parent.height
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
        }
        Repeater {
            model: card.legend ? card.plot.curves : []
            Legend {
                required property Curve modelData
                anchors.verticalCenter: parent ? parent.verticalCenter : undefined
                color: modelData.color
                text: modelData.label
                dashed: modelData.dashed
            }
        }
    }

    Row {
        id: tools
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.s
        y: Theme.space.s
        opacity: cardHover.hovered || card.activeFocus || card.asTable ? 1 : 0
        visible: opacity > 0 || !card.Window.window
        Button {
            icon.name: "table"
            flat: true
            ToolTip.text: card.asTable ? qsTr("Show %1 as a chart (T)").arg(card.title) : qsTr("Show %1 as a table (T)").arg(card.title)
            checked: card.asTable
            focusPolicy: Qt.NoFocus
            onClicked: card.asTable = !card.asTable
        }
        Button {
            icon.name: "copy"
            flat: true
            ToolTip.text: qsTr("Copy %1 as CSV").arg(card.title)
            focusPolicy: Qt.NoFocus
            onClicked: card.shell.copy(card.plot.csv(), qsTr("CSV of %1").arg(card.title))
        }
        Button {
            id: image
            icon.name: "image"
            flat: true
            ToolTip.text: qsTr("Save %1 as PNG").arg(card.title)
            focusPolicy: Qt.NoFocus
            onClicked: {
                const path = card.shell.exportPath("chart", "png");
                body.grabToImage(result => card.shell.exported(path, result.saveToFile(path)));
            }
        }
    }
    HoverHandler {
        id: cardHover
    }

    Item {
        id: body
        anchors.fill: parent
        anchors.leftMargin: Theme.space.m
        anchors.rightMargin: Theme.space.m
        anchors.topMargin: Theme.space.m + Theme.space.xl + 2
        anchors.bottomMargin: Theme.space.s

        LineChart {
            anchors.fill: parent
            visible: !card.asTable
            plot: card.plot
            name: card.title
        }
        Repeater {
            model: card.asTable ? 1 : 0
            PlotTableView {
                anchors.fill: parent
                plot: card.plot
            }
        }
    }
}
