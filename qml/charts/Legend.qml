// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace.Style
import Millrace.Theme

// A mark and a word: a line, dashed where the line is, or a square.
Row {
    id: legend

    required property color color
    required property string text
    property bool dashed: false
    property bool square: false

    spacing: Theme.space.s - 2

    Row {
        anchors.verticalCenter: parent.verticalCenter
        spacing: 2
        Repeater {
            model: legend.dashed ? 2 : 1
            Rectangle {
                width: legend.square ? 8 : legend.dashed ? 5 : 12
                height: legend.square ? 8 : 3
                radius: legend.square ? 2 : 1.5
                color: legend.color
            }
        }
    }
    Label {
        text: legend.text
        color: Theme.color.textSecond
        font.pixelSize: Theme.font.small
    }
}
