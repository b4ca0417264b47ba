// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// While no request can succeed (no engine, no backend): what happened, what it means for what is shown, and what to do.
Rectangle {
    id: bar

    required property HealthViewModel health

    readonly property bool shown: health.outage.length > 0
    readonly property color tone: Tones.health(health.outageLevel)

    implicitHeight: shown ? Math.max(Theme.size.hintBar, words.implicitHeight + 2 * Theme.space.s) : 0
    visible: shown
    color: Theme.faint(tone, 0.12)
    Accessible.role: Accessible.AlertMessage
    Accessible.name: health.outage

    SvgIcon {
        id: symbol
        x: Theme.space.xl
        anchors.verticalCenter: parent.verticalCenter
        name: Tones.healthIcon(bar.health.outageLevel)
        color: bar.tone
    }
    Label {
        id: words
        anchors.left: symbol.right
        anchors.leftMargin: Theme.space.m
        anchors.right: buttons.left
        anchors.rightMargin: Theme.space.m
        anchors.verticalCenter: parent.verticalCenter
        text: bar.health.outage
        wrapMode: Text.Wrap
        maximumLineCount: 3
    }
    Row {
        id: buttons
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.xl
        anchors.verticalCenter: parent.verticalCenter
        spacing: Theme.space.s
        Button {
            objectName: "outageOther"
            visible: text.length > 0
            text: bar.health.outageOtherAction
            onClicked: bar.health.fixOutageOtherwise()
        }
        Button {
            objectName: "outageAction"
            visible: text.length > 0
            text: bar.health.outageAction
            highlighted: true
            onClicked: bar.health.fixOutage()
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
}
