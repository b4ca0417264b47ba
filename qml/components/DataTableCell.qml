// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The text of a column in a DataTableRow.
Label {
    id: cell

    required property TableColumn column

    x: column.x
    width: column.width
    height: parent ? parent.height : Theme.size.row
    visible: column.shown
    font.pixelSize: Theme.font.small
    horizontalAlignment: column.alignRight ? Text.AlignRight : Text.AlignLeft
    Accessible.role: Accessible.Cell
    Accessible.name: text

    ColumnFit {
        column: cell.column
        width: cell.visible ? cell.implicitWidth : 0
    }
}
