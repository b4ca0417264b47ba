// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// A key figure: title, number, its goal with the verdict in word and sign, and a small line of the shown window.
Card {
    id: card

    required property Session session
    required property bool active
    required property string title
    required property string value
    required property string unit
    required property string note
    required property int verdict
    required property string series
    required property int stage
    required property string target   // where it is explained; empty: nowhere
    property string hint              // what a click does
    property bool flat: false         // the small line is beside the number, not below
    signal chosen

    readonly property int judged: session.stale ? KpiList.None : verdict
    readonly property bool clickable: target.length > 0

    implicitHeight: flat ? Theme.size.kpiFlat : Theme.size.kpi
    border.color: hover.hovered && clickable ? Theme.faint(Tones.stage(stage), 0.6) : Theme.color.line
    color: hover.hovered && clickable ? Theme.faint(Theme.color.raised, 0.6) : Theme.color.panel
    activeFocusOnTab: clickable
    Accessible.role: clickable ? Accessible.Button : Accessible.Indicator
    Accessible.onPressAction: card.chosen()
    Keys.onReturnPressed: card.chosen()
    Keys.onEnterPressed: card.chosen()
    Keys.onSpacePressed: card.chosen()
    ToolTip.text: card.hint
    ToolTip.visible: hover.hovered && card.clickable
    ToolTip.delay: Theme.duration.tooltip

    Accessible.name: card.title + ": " + card.value + " " + card.unit
    Accessible.description: card.note + (card.judged === KpiList.Met ? ", " + qsTr("met") : card.judged === KpiList.Missed ? ", " + qsTr("missed for 10 s") : "")

    Label {
        id: titleText
        x: Theme.space.m + 2
        y: Theme.space.m
        width: parent.width - 2 * x - (leads.visible ? leads.width + Theme.space.xs : 0)
        text: card.title
        color: Theme.color.textSecond
        font.pixelSize: Theme.font.small
    }
    SvgIcon {
        id: leads
        visible: card.clickable && (hover.hovered || card.activeFocus)
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.m
        anchors.verticalCenter: titleText.verticalCenter
        name: "chevron-right"
        color: Theme.color.textSecond
        width: Theme.size.iconTiny
        height: Theme.size.iconTiny
    }
    Metric {
        id: number
        x: titleText.x
        anchors.top: titleText.bottom
        anchors.topMargin: Theme.space.xs
        width: card.flat ? (card.width - 2 * x) / 2 : card.width - 2 * x
        value: card.value
        unit: card.unit
    }
    // No Row: the width of a text that wraps must not depend on how it has wrapped.
    Item {
        id: goal
        x: titleText.x
        anchors.top: number.bottom
        anchors.topMargin: 2
        width: card.width - 2 * x
        // Two lines, whether they are needed or not: a figure with a digit more does not shrink the line below.
        height: Math.max(card.flat ? Theme.space.l : Theme.size.kpiNote, noteText.contentHeight)
        Label {
            id: noteText
            width: goal.width - (mark.visible ? mark.width + Theme.space.xs : 0)
            wrapMode: Text.Wrap
            maximumLineCount: 2
            lineHeight: 0.9
            text: card.note
            color: Theme.color.textThird
            font.pixelSize: Theme.font.tiny
        }
        SvgIcon {
            id: mark
            visible: card.judged === KpiList.Met || card.judged === KpiList.Missed
            name: card.judged === KpiList.Met ? "check" : "cross"
            color: card.judged === KpiList.Met ? Theme.color.ok : Theme.color.critical
            x: noteText.contentWidth + Theme.space.xs
            width: Theme.size.iconTiny
            height: Theme.size.iconTiny
            anchors.verticalCenter: noteText.verticalCenter
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
    FocusRing {
        shown: card.activeFocus
    }
    Sparkline {
        x: card.flat ? card.width / 2 + Theme.space.s : titleText.x
        width: card.width - x - titleText.x
        anchors.top: card.flat ? titleText.bottom : goal.bottom
        anchors.topMargin: Theme.space.xs
        anchors.bottom: card.flat ? number.bottom : parent.bottom
        anchors.bottomMargin: card.flat ? 0 : Theme.space.m
        session: card.session
        series: card.series
        active: card.active
        color: Tones.stage(card.stage)
    }
}
