// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Controls.Basic
import Millrace

// A page's body: as tall as the window where it fits, else it scrolls. `body` is laid out at that size.
Flickable {
    id: area

    required property real bodyHeightMin
    default property alias content: body.data
    property int margin: Theme.space.xl

    contentWidth: width
    contentHeight: Math.max(height, bodyHeightMin + 2 * margin)
    clip: true
    boundsBehavior: Flickable.StopAtBounds
    interactive: contentHeight > height
    ScrollBar.vertical: Bar {}

    Item {
        id: body
        x: area.margin
        y: area.margin
        width: area.width - 2 * area.margin
        height: area.contentHeight - 2 * area.margin
    }
}
