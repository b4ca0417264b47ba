// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Theme

// Several things side by side in a column of a DataTableRow, such as a name and a tag.
Row {
    id: mixed

    required property TableColumn column
    property real natural: 0   // width in which nothing of it is cut

    x: column.x
    width: column.width
    height: parent ? parent.height : Theme.size.row
    visible: column.shown
    spacing: Theme.space.s

    ColumnFit {
        column: mixed.column
        width: mixed.visible ? mixed.natural : 0
    }
}
