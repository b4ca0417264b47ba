// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// A table. Its columns are declared once; heading, widths, sorting, choice of columns, what is kept of it per user and
// what is exported come from there. `delegate` is a DataTableRow with a DataTableCell for each column.
FocusScope {
    id: table

    required property ShellViewModel shell
    required property string name    // under which its columns are kept and its exports are named
    required property string title   // spoken
    property alias model: sorted.source
    property alias columns: layout.columns
    property alias delegate: list.delegate
    property alias count: list.count
    property alias current: sorted.current   // the row that has the keyboard; -1: none
    property alias reuseItems: list.reuseItems
    property bool folds: false               // rows may have others below them: ← and → fold and unfold
    property bool rowMenus: true             // each row has a menu: a button at its end, the Menu key, a right click
    property int margin: 0                   // at the left and right of every row
    property alias spacing: layout.spacing   // between columns
    property int rowHeight: Theme.size.row   // of every row
    property string fileStem: name           // of what is saved
    readonly property alias rows: sorted     // as they are shown
    readonly property alias rowWidth: layout.total
    readonly property bool sideways: list.contentWidth > list.width   // it scrolls, and its bar needs a place
    readonly property int beside: margin < Theme.size.scrollBar ? Theme.size.scrollBar : 0   // the place of a scroll bar
    readonly property alias scrolled: list.contentX
    readonly property real edge: scrolled + width - margin - beside   // where a row ends to the eye, in the row
    readonly property int barHeight: sideways ? Theme.size.scrollBar + Theme.space.xs : 0
    readonly property real headerHeight: header.height + Theme.space.hair + barHeight   // all but the rows
    readonly property bool focused: list.activeFocus
    readonly property bool atTop: list.atYBeginning
    // A table that comes back into sight has other rows than it had, all of which have to be made: a few at once, the rest
    // in the next turns of the event loop, so that the window stays responsive.
    property int rowsReady: -1   // < 0: all
    readonly property int bodyHeight: headerHeight + Math.max(1, list.count) * table.rowHeight   // without scrolling

    signal activated(int row)    // Enter on the row that has the keyboard
    signal menuRequested(int row)    // Menu key on it; its delegate opens the menu
    signal removeRequested(int row)  // Delete on it
    signal foldRequested(int row, bool folded)   // ← or → on it
    signal stepped(real y, real height)   // the keys went to a row, which is there in the table
    signal moved                 // scrolled by the user

    onVisibleChanged: {
        table.rowsReady = table.visible ? Theme.size.rowsAtOnce : -1;
        filling.running = table.visible;
    }
    Timer {
        id: filling
        interval: Theme.duration.frame
        repeat: true
        onTriggered: {
            table.rowsReady += Theme.size.rowsAtOnce;
            if (table.rowsReady * table.rowHeight < list.space)
                return;
            table.rowsReady = -1;
            filling.stop();
        }
    }

    function showTop() {
        list.positionViewAtBeginning();
    }
    // A column that is made while the table is, such as one for each curve of a chart.
    function addColumn(column: TableColumn) {
        layout.append(column);
    }
    function copyCsv() {
        table.shell.copy(layout.csv(sorted), table.title);
    }
    function openMenu(at: Item) {
        menus.active = true;
        (menus.object as Menu).popup(at, 0, at.height);
    }

    TableColumns {
        id: layout
        width: table.width - 2 * table.margin - table.beside
        spacing: Theme.space.m
        reserved: Theme.size.rowMenu   // of the row's menu, and in the heading of the chooser of columns
        onStateChanged: table.shell.preferences.keepTable(table.name, state)
    }
    SortedRows {
        id: sorted
        columns: layout
    }
    Component.onCompleted: layout.state = table.shell.preferences.tableState(table.name)

    DataTableHeader {
        id: header
        columns: layout
        title: table.title
        margin: table.margin
        beside: table.beside
        scrolled: list.contentX
        width: parent.width
        onMenuRequested: at => table.openMenu(at)
    }
    Rectangle {
        id: line
        anchors.top: header.bottom
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
    ListView {
        id: list
        objectName: table.name
        readonly property real space: parent.height - y
        anchors.top: line.bottom
        height: table.rowsReady < 0 ? space : Math.min(space, table.rowsReady * table.rowHeight)
        width: parent.width
        contentWidth: Math.max(width, layout.total + 2 * table.margin + table.beside)
        flickableDirection: Flickable.AutoFlickIfNeeded
        clip: true
        focus: true
        activeFocusOnTab: true
        boundsBehavior: Flickable.StopAtBounds
        bottomMargin: table.barHeight
        keyNavigationEnabled: true
        reuseItems: true
        highlightFollowsCurrentItem: false
        model: sorted
        currentIndex: sorted.current
        onMovementStarted: table.moved()
        onActiveFocusChanged: if (activeFocus && sorted.current < 0 && count > 0)
            sorted.current = 0
        Accessible.role: Accessible.Table
        Accessible.name: table.title
        ScrollBar.vertical: ScrollBar {}
        ScrollBar.horizontal: ScrollBar {}

        Keys.onUpPressed: table.step(-1)
        Keys.onDownPressed: table.step(1)
        // End means the last row here, and "now" elsewhere.
        Keys.onShortcutOverride: event => event.accepted = event.key === Qt.Key_End || event.key === Qt.Key_Home
        Keys.onPressed: event => {
            event.accepted = table.press(event.key, event.modifiers);
        }
    }

    function step(rows: int) {
        sorted.current = Math.max(0, Math.min(list.count - 1, sorted.current + rows));
        list.positionViewAtIndex(sorted.current, ListView.Contain);
        table.stepped(list.y + sorted.current * table.rowHeight - list.contentY + list.originY, table.rowHeight);
    }
    function press(key: int, modifiers: int): bool {
        switch (key) {
        case Qt.Key_Home:
            table.step(-list.count);
            return true;
        case Qt.Key_End:
            table.step(list.count);
            return true;
        case Qt.Key_PageUp:
            table.step(-Math.floor(list.height / table.rowHeight));
            return true;
        case Qt.Key_PageDown:
            table.step(Math.floor(list.height / table.rowHeight));
            return true;
        case Qt.Key_Left:
        case Qt.Key_Right:
            if (!table.folds || sorted.current < 0 || modifiers & ~Qt.KeypadModifier)
                return false;
            table.foldRequested(sorted.current, key === Qt.Key_Left);
            return true;
        case Qt.Key_Return:
        case Qt.Key_Enter:
            table.activated(sorted.current);
            return sorted.current >= 0;
        case Qt.Key_Delete:
            table.removeRequested(sorted.current);
            return sorted.current >= 0;
        case Qt.Key_Menu:
            table.menuRequested(sorted.current);
            return table.rowMenus;
        case Qt.Key_F10:
            if (!(modifiers & Qt.ShiftModifier))
                return false;
            table.menuRequested(sorted.current);
            return table.rowMenus;
        default:
            return false;
        }
    }

    // Made when first needed.
    Instantiator {
        id: menus
        active: false
        Menu {
            id: menu
            Menu {
                id: sortMenu
                title: qsTr("Sort by")
                Repeater {
                    model: layout.columns
                    MenuItem {
                        required property TableColumn modelData
                        visible: modelData.sortable
                        height: visible ? implicitHeight : 0
                        text: modelData.title
                        checkable: true
                        checked: layout.sortedBy === modelData.role
                        onTriggered: layout.sortBy(modelData)
                    }
                }
            }
            Menu {
                title: qsTr("Columns")
                Repeater {
                    model: layout.columns
                    MenuItem {
                        required property TableColumn modelData
                        visible: modelData.hideable
                        height: visible ? implicitHeight : 0
                        text: modelData.title
                        checkable: true
                        checked: modelData.shown
                        onTriggered: modelData.shown = !modelData.shown
                    }
                }
            }
            MenuItem {
                text: qsTr("Reset columns")
                icon.name: "undo"
                onTriggered: layout.reset()
            }
            MenuSeparator {}
            MenuItem {
                text: qsTr("Copy as CSV")
                icon.name: "copy"
                onTriggered: table.copyCsv()
            }
            MenuItem {
                text: qsTr("Save as CSV")
                icon.name: "download"
                onTriggered: table.shell.saveText(table.fileStem, "csv", layout.csv(sorted))
            }
        }
    }
}
