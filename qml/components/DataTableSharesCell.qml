// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Theme

// A bar of shares in a column of a DataTableRow.
SharesBar {
    id: bar

    required property TableColumn column

    x: column.x
    y: parent ? (parent.height - height) / 2 : 0
    width: column.width
    height: Theme.size.bar
    visible: column.shown
    track: Theme.color.grid
    markColor: Theme.color.textThird

    ColumnFit {
        column: bar.column
        width: bar.visible ? bar.column.minimum * bar.column.claim : 0   // the wider, the better
    }
}
