// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The headings of a DataTable, and the button that opens its menu.
Item {
    id: header

    required property TableColumns columns
    required property string title   // of the table, spoken
    required property int margin
    required property int beside     // at the right, for a scroll bar
    required property real scrolled  // how far the rows are scrolled sideways

    signal menuRequested(at: Item)

    height: Theme.size.tableHeader
    clip: true
    Accessible.role: Accessible.Row
    Accessible.name: qsTr("Columns of %1").arg(header.title)

    // Headings that are scrolled end before the button, as rows do before that of their menu.
    Item {
        width: tools.x
        height: parent.height
        clip: true
        Repeater {
            model: header.columns.columns
            DataTableHeaderCell {
                id: cell
                columns: header.columns
                x: header.margin + cell.column.x - header.scrolled
            }
        }
    }
    TapHandler {
        acceptedButtons: Qt.RightButton
        onTapped: header.menuRequested(tools)
    }
    Button {
        id: tools
        anchors.right: parent.right
        anchors.rightMargin: header.margin + header.beside
        anchors.verticalCenter: parent.verticalCenter
        width: Theme.size.rowMenu
        implicitHeight: Theme.size.controlSmall
        icon.name: "columns"
        flat: true
        ToolTip.text: qsTr("Columns, order and export of %1").arg(header.title)
        onClicked: header.menuRequested(tools)
    }
}
