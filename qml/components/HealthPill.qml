// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The state of the whole in one word, worst first; a press opens what is wrong and what can be done.
RoundButton {
    id: pill

    required property HealthViewModel health
    required property string detail   // what is shown beside it while all is well

    readonly property color tone: Tones.health(health.level)
    readonly property bool calm: health.level === HealthViewModel.Good || health.level === HealthViewModel.Info

    objectName: "health"
    leftPadding: Theme.space.m + symbol.width + Theme.space.s
    rightPadding: Theme.space.m
    text: (calm && detail.length > 0 ? qsTr("%1 · %2").arg(health.text).arg(detail) : health.text) + (health.more.length > 0 ? "  " + health.more : "")
    font.weight: calm ? Font.Normal : Font.DemiBold
    Accessible.description: health.description

    // A separate symbol for each level: colour is never alone.
    SvgIcon {
        id: symbol
        x: Theme.space.m
        anchors.verticalCenter: parent.verticalCenter
        name: Tones.healthIcon(pill.health.level)
        color: pill.tone
        width: Theme.size.iconSmall
        height: width
    }
}
