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
    required property string stage

    implicitHeight: 138
    Accessible.role: Accessible.Indicator
    Accessible.name: card.title + ": " + card.value + " " + card.unit
    Accessible.description: card.note + (card.verdict === KpiList.Met ? ", " + qsTr("met") : card.verdict === KpiList.Missed ? ", " + qsTr("missed for 10 s") : "")

    Label {
        id: titleText
        x: Theme.space.m + 2
        y: Theme.space.m
        width: parent.width - 2 * x
        text: card.title
        color: Theme.color.textSecond
        font.pixelSize: Theme.font.small
    }
    Metric {
        id: number
        x: titleText.x
        anchors.top: titleText.bottom
        anchors.topMargin: Theme.space.xs
        width: titleText.width
        value: card.value
        unit: card.unit
    }
    Row {
        id: goal
        x: titleText.x
        anchors.top: number.bottom
        anchors.topMargin: 2
        width: titleText.width
        height: Theme.space.l
        spacing: Theme.space.xs
        Label {
            width: Math.min(implicitWidth, goal.width - (mark.visible ? mark.width + goal.spacing : 0))
            height: parent.height
            text: card.note
            color: Theme.color.textThird
            font.pixelSize: Theme.font.tiny
        }
        SvgIcon {
            id: mark
            visible: card.verdict === KpiList.Met || card.verdict === KpiList.Missed
            name: card.verdict === KpiList.Met ? "check" : "cross"
            color: card.verdict === KpiList.Met ? Theme.color.ok : Theme.color.critical
            width: 12
            height: 12
            anchors.verticalCenter: parent.verticalCenter
        }
    }
    Sparkline {
        x: titleText.x
        width: titleText.width
        anchors.top: goal.bottom
        anchors.topMargin: Theme.space.xs
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.space.m
        session: card.session
        series: card.series
        active: card.active
        color: Theme.stageColor(card.stage)
    }
}
