// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The table twin of a chart.
Item {
    id: twin

    required property TimePlot plot

    readonly property real cellWidth: Math.max(Theme.size.figureLeast, (width - Theme.size.timeColumn) / Math.max(1, heads.count))

    Row {
        id: head
        height: Theme.size.controlSmall
        Label {
            width: Theme.size.timeColumn
            height: parent.height
            text: qsTr("Time")
            color: Theme.color.textThird
            font.pixelSize: Theme.font.tiny
        }
        Repeater {
            id: heads
            model: twin.plot.curves
            Label {
                required property Curve modelData
                width: twin.cellWidth
                height: head.height
                horizontalAlignment: Text.AlignRight
                rightPadding: Theme.space.m
                text: modelData.label
                color: Theme.color.textThird
                font.pixelSize: Theme.font.tiny
            }
        }
    }
    Rectangle {
        y: head.height
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
    ListView {
        anchors.fill: parent
        anchors.topMargin: head.height + Theme.space.hair
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        reuseItems: true
        activeFocusOnTab: true
        keyNavigationEnabled: true
        model: PlotRows {
            plot: twin.plot
        }
        ScrollBar.vertical: ScrollBar {}
        delegate: Row {
            id: line
            required property string timeText
            required property list<string> cells
            required property string spoken
            height: Theme.size.rowSmall
            Accessible.role: Accessible.Row
            Accessible.name: spoken
            Label {
                width: Theme.size.timeColumn
                height: parent.height
                text: line.timeText
                color: Theme.color.textSecond
                font.pixelSize: Theme.font.small
            }
            Repeater {
                model: line.cells
                Label {
                    required property string modelData
                    width: twin.cellWidth
                    height: line.height
                    horizontalAlignment: Text.AlignRight
                    rightPadding: Theme.space.m
                    text: modelData
                    font.pixelSize: Theme.font.small
                }
            }
        }
    }
}
