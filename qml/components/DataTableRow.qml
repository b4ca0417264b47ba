// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// A row of a DataTable; put a DataTableCell, or an item at its column's `x` and `width`, into it for each column.
Item {
    id: row

    required property int index
    required property DataTable table
    property bool selected: false
    property bool pooled: false      // kept for reuse, and not in the table
    default property alias cells: cells.data
    readonly property bool current: table.current === index
    readonly property alias hovered: hover.hovered

    signal chosen                 // clicked, or Enter
    signal menuRequested(point at)    // right click, the button at the end, the Menu key
    signal removeRequested            // Delete
    signal foldRequested(bool folded) // ← or →

    width: table.rowWidth + 2 * table.margin
    height: table.rowHeight
    ListView.onPooled: row.pooled = true
    ListView.onReused: row.pooled = false
    Accessible.role: Accessible.Row
    Accessible.focusable: true
    Accessible.focused: current && table.focused
    Accessible.onPressAction: row.chosen()

    Rectangle {
        id: ground
        x: row.table.sideways ? row.table.scrolled : 0   // what is seen of the row
        width: row.table.sideways ? row.table.width : parent.width
        height: parent.height
        radius: Theme.space.xs
        color: row.selected ? Theme.color.raised : hover.hovered || row.current && row.table.focused ? Theme.faint(Theme.color.raised, 0.6) : "transparent"
        border.color: Theme.color.accent
        border.width: row.current && row.table.focused ? Theme.size.focus : 0
    }
    Item {
        id: cells
        x: row.table.margin
        width: row.table.rowWidth
        height: parent.height
    }
    // Where rows are scrolled sideways they end before their button, which stays in sight.
    Rectangle {
        visible: row.table.sideways
        x: row.table.edge - Theme.size.rowMenu
        y: ground.border.width
        width: ground.x + ground.width - x - ground.border.width
        height: parent.height - 2 * y
        color: Theme.color.panel
        Rectangle {
            anchors.fill: parent
            color: ground.color
        }
    }
    SvgIcon {
        objectName: "row-menu"
        visible: row.table.rowMenus
        x: row.table.edge - (Theme.size.rowMenu + width) / 2
        anchors.verticalCenter: parent.verticalCenter
        name: "more"
        color: hover.hovered || row.current ? Theme.color.text : Theme.color.textThird
        width: Theme.size.iconMedium
        height: Theme.size.iconMedium
        Accessible.role: Accessible.Button
        Accessible.name: qsTr("Actions")
        Accessible.onPressAction: row.menuRequested(Qt.point(row.table.edge - Theme.size.rowMenu, row.height))
    }
    Rectangle {
        visible: ground.border.width === 0   // else it would cover a part of the ring
        x: row.table.margin
        width: row.table.rowWidth
        anchors.bottom: parent.bottom
        height: Theme.space.hair
        color: Theme.color.grid
    }
    HoverHandler {
        id: hover
    }
    TapHandler {
        acceptedButtons: Qt.LeftButton
        onTapped: eventPoint => {
            row.table.forceActiveFocus(Qt.MouseFocusReason);
            row.table.current = row.index;
            if (row.table.rowMenus && eventPoint.position.x > row.table.edge - Theme.size.rowMenu)
                row.menuRequested(eventPoint.position);
            else
                row.chosen();
        }
    }
    TapHandler {
        enabled: row.table.rowMenus
        acceptedButtons: Qt.RightButton
        onTapped: eventPoint => {
            row.table.current = row.index;
            row.menuRequested(eventPoint.position);
        }
    }
    Connections {
        target: row.table
        enabled: !row.pooled
        function onMenuRequested(at: int) {
            if (at === row.index)
                row.menuRequested(Qt.point(Theme.space.xl, row.height));
        }
        function onRemoveRequested(at: int) {
            if (at === row.index)
                row.removeRequested();
        }
        function onFoldRequested(at: int, folded: bool) {
            if (at === row.index)
                row.foldRequested(folded);
        }
        function onActivated(at: int) {
            if (at === row.index)
                row.chosen();
        }
    }
}
