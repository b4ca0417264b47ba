// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Style
import Millrace.Theme

// Whose settings follow: a group among the matches of a search.
Item {
    id: heading

    required property string title
    required property string help
    signal opened

    implicitHeight: Math.max(Theme.size.groupHeading, line.implicitHeight + 3 * Theme.space.s)
    Accessible.role: Accessible.Heading
    Accessible.name: title

    Row {
        id: line
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.space.s
        width: parent.width
        spacing: Theme.space.s
        Label {
            id: words
            text: heading.title
            font.weight: Font.DemiBold
            color: hover.hovered ? Theme.color.accent : Theme.color.textSecond
        }
        Label {
            width: Math.max(0, heading.width - x)
            text: heading.help
            color: Theme.color.textThird
            font.pixelSize: Theme.font.small
            wrapMode: Text.Wrap
        }
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
    HoverHandler {
        id: hover
        cursorShape: Qt.PointingHandCursor
    }
    TapHandler {
        onTapped: heading.opened()
    }
}
