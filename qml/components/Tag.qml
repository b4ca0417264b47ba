// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Style
import Millrace.Theme

// A short word in a frame, such as a protocol. A long one is cut.
Rectangle {
    id: tag

    required property string text
    property color ink: Theme.color.textSecond
    property int widthMax: Theme.size.tagWidthMax   // of the word

    implicitWidth: word.width + 2 * Theme.space.s - 2
    implicitHeight: Theme.size.tag
    radius: Theme.space.xs
    color: Theme.color.raised
    border.color: Theme.color.line

    Label {
        id: word
        anchors.centerIn: parent
        width: Math.min(implicitWidth, tag.widthMax)
        text: tag.text
        elide: Text.ElideMiddle   // long names differ at their end
        color: tag.ink
        font.pixelSize: Theme.font.tiny
    }
}
