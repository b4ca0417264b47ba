// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace.Style
import Millrace.Theme

// A mark and a word: a line, dashed or dotted where the line is, or a square. Without the word it is as high as with it.
Row {
    id: legend

    required property color color
    required property string text
    property bool dashed: false
    property bool dotted: false
    property bool square: false

    height: Theme.size.legend
    spacing: text.length > 0 ? Theme.space.s - 2 : 0

    Row {
        anchors.verticalCenter: parent.verticalCenter
        spacing: 2
        Repeater {
            model: legend.dotted ? 3 : legend.dashed ? 2 : 1
            Rectangle {
                width: legend.square ? Theme.size.dot : legend.dotted ? Theme.size.mark : legend.dashed ? Theme.size.dash : Theme.size.stroke
                height: legend.square ? Theme.size.dot : Theme.size.mark
                radius: legend.square ? Theme.size.focus : height / 2
                color: legend.color
            }
        }
    }
    Label {
        id: word
        visible: text.length > 0
        width: Math.min(implicitWidth, Theme.size.legendName)
        height: parent.height
        elide: Text.ElideMiddle   // long names differ at their end
        text: legend.text
        color: Theme.color.textSecond
        font.pixelSize: Theme.font.small
    }
}
