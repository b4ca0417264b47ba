// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace

// A column's heading.
Txt {
    property bool alignRight: false

    height: 28
    color: Theme.color.textThird
    font.pixelSize: Theme.font.tiny
    horizontalAlignment: alignRight ? Text.AlignRight : Text.AlignLeft
    Accessible.role: Accessible.ColumnHeader
}
