// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// A stage of the pipeline: its colour on top, one large figure, three smaller ones; marked when it is the bottleneck.
Card {
    id: card

    required property int stage
    required property string title
    required property string value
    required property string unit
    required property list<string> labels
    required property list<string> values
    required property bool bottleneck
    required property string why
    property bool clickable: false
    signal chosen

    implicitHeight: Theme.size.stage
    border.color: hover.hovered && clickable ? Theme.faint(Tones.stage(stage), 0.6) : bottleneck ? Theme.color.warning : Theme.color.line
    activeFocusOnTab: clickable
    Accessible.role: clickable ? Accessible.Button : Accessible.Grouping
    Accessible.name: title + ": " + value + " " + unit + (bottleneck ? ", " + qsTr("bottleneck") : "")
    Accessible.description: bottleneck ? why : ""
    Accessible.onPressAction: chosen()
    Keys.onReturnPressed: chosen()
    Keys.onSpacePressed: chosen()

    Item {
        width: parent.width
        height: Theme.size.mark
        clip: true
        Rectangle {
            width: parent.width
            height: 2 * Theme.size.radius
            radius: Theme.size.radius
            color: Tones.stage(card.stage)
        }
    }
    Row {
        id: head
        x: Theme.space.m + 2
        y: Theme.space.l
        height: Theme.size.stageHead
        width: parent.width - 2 * x
        spacing: Theme.space.s
        Label {
            width: Math.min(implicitWidth, head.width - (mark.visible ? mark.width + head.spacing : 0))
            height: parent.height
            text: card.title
            font.weight: Font.DemiBold
        }
        Row {
            id: mark
            visible: card.bottleneck
            height: parent.height
            spacing: Theme.space.xs
            SvgIcon {
                name: "warning"
                color: Theme.color.warning
                width: Theme.size.iconSmall
                height: Theme.size.iconSmall
                anchors.verticalCenter: parent.verticalCenter
            }
            Label {
                text: qsTr("bottleneck")
                color: Theme.color.warning
                font.pixelSize: Theme.font.tiny
                anchors.verticalCenter: parent.verticalCenter
            }
        }
    }
    Metric {
        id: figure
        x: head.x
        width: head.width
        anchors.top: head.bottom
        anchors.topMargin: Theme.space.xs
        value: card.value
        unit: card.unit
    }
    Column {
        x: head.x
        width: head.width
        anchors.top: figure.bottom
        anchors.topMargin: Theme.space.xs
        Repeater {
            model: card.labels
            Item {
                id: line
                required property string modelData
                required property int index
                width: head.width
                height: Theme.size.stageLine
                Label {
                    id: word
                    width: Math.max(0, parent.width - amount.width - Theme.space.s)
                    height: parent.height
                    text: line.modelData
                    color: Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                }
                Label {
                    id: amount
                    elide: Text.ElideMiddle
                    anchors.right: parent.right
                    width: Math.min(implicitWidth, Math.max(parent.width * 0.6, parent.width - word.implicitWidth - Theme.space.s))
                    height: parent.height
                    horizontalAlignment: Text.AlignRight
                    text: card.values[line.index] ?? ""
                    font.pixelSize: Theme.font.small
                }
            }
        }
    }

    HoverHandler {
        id: hover
        cursorShape: card.clickable ? Qt.PointingHandCursor : undefined
    }
    TapHandler {
        enabled: card.clickable
        onTapped: card.chosen()
    }
    ToolTip.text: card.why
    ToolTip.visible: hover.hovered && card.bottleneck
    ToolTip.delay: Theme.duration.tooltip
    FocusRing {
        shown: card.activeFocus
    }
}
