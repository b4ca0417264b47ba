// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Style
import Millrace.Theme

// A card with a title, what it means, a legend, and tools at its right; the content fills the rest.
Card {
    id: panel

    required property string title
    property string subtitle
    property bool now: false   // the bar of time shows the past, and this cannot follow
    property int inset: Theme.space.m
    readonly property int chrome: Theme.space.m + Theme.space.xl + Theme.space.s + 2   // height around the content
    property alias legend: legendRow.data
    property alias tools: toolRow.data
    default property alias content: body.data

    Accessible.role: Accessible.Grouping
    Accessible.name: panel.title

    Row {
        id: header
        x: Theme.space.m + 2
        y: Theme.space.m
        height: Theme.space.xl
        width: parent.width - x - toolRow.width - 2 * Theme.space.m
        spacing: Theme.space.m
        clip: true
        Label {
            height: parent.height
            text: panel.title
            font.weight: Font.DemiBold
        }
        NowTag {
            visible: panel.now
            anchors.verticalCenter: parent.verticalCenter
        }
        Row {
            id: legendRow
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.space.m
            visible: children.length > 0
        }
        // Whole or not at all: half of an explanation explains nothing. It is in the tooltip then.
        Label {
            id: explanation
            visible: text.length > 0
            opacity: implicitWidth > header.width - x ? 0 : 1
            height: parent.height
            text: panel.subtitle
            color: Theme.color.textThird
            font.pixelSize: Theme.font.small
        }
    }
    HoverHandler {
        id: headerHover
        parent: header
        enabled: explanation.opacity === 0
    }
    ToolTip.text: panel.subtitle
    ToolTip.visible: headerHover.hovered && headerHover.enabled && panel.subtitle.length > 0
    ToolTip.delay: Theme.duration.tooltip
    Row {
        id: toolRow
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.m
        y: Theme.space.s - 1
        spacing: Theme.space.s
    }
    Item {
        id: body
        anchors.fill: parent
        anchors.leftMargin: panel.inset
        anchors.rightMargin: panel.inset
        anchors.topMargin: Theme.space.m + Theme.space.xl + 2
        anchors.bottomMargin: Theme.space.s
    }
}
