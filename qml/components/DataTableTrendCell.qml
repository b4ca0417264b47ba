// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Theme

// A line of the last minute in a column of a DataTableRow.
TrendLine {
    id: trend

    required property TableColumn column

    x: column.x
    y: parent ? (parent.height - height) / 2 : 0
    width: column.width
    height: Theme.size.trend
    visible: column.shown

    ColumnFit {
        column: trend.column
        width: trend.visible ? trend.column.minimum : 0
    }
}
