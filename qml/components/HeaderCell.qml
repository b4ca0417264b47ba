// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Style
import Millrace.Theme

// A column's heading.
Label {
    property bool alignRight: false

    height: 28
    color: Theme.color.textThird
    font.pixelSize: Theme.font.tiny
    horizontalAlignment: alignRight ? Text.AlignRight : Text.AlignLeft
    Accessible.role: Accessible.ColumnHeader
}
