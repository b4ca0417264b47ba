// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Style
import Millrace.Theme

// A cell of a table's row.
Label {
    property bool alignRight: false

    height: parent ? parent.height : Theme.size.row
    font.pixelSize: Theme.font.small
    horizontalAlignment: alignRight ? Text.AlignRight : Text.AlignLeft
    Accessible.role: Accessible.Cell
}
