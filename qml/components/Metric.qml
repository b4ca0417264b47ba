// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Style
import Millrace.Theme

// A number that changes, with its unit. Qt 6.4 cannot request tabular figures, so the number keeps the width of as
// many zeros as it has digits: the unit beside it does not move while digits change.
Item {
    id: figure

    required property string value
    required property string unit
    property int size: Theme.font.figure
    property color color: Theme.color.text

    implicitWidth: zeros.advanceWidth + (unit.length > 0 ? Theme.space.xs + unitText.implicitWidth : 0)
    implicitHeight: valueText.implicitHeight

    TextMetrics {
        id: zeros
        font: valueText.font
        text: figure.value.replace(/[0-9]/g, "0")
    }
    Label {
        id: valueText
        text: figure.value
        color: figure.color
        font.pixelSize: figure.size
        font.weight: Font.DemiBold
    }
    Label {
        id: unitText
        x: zeros.advanceWidth + Theme.space.xs
        width: Math.max(0, Math.min(implicitWidth, figure.width - x))
        anchors.baseline: valueText.baseline
        text: figure.unit
        color: Theme.color.textSecond
        elide: Text.ElideRight
        font.pixelSize: Theme.font.small
    }
}
