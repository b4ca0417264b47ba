// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The heading of a column: a click sorts by it, its right edge changes the width, a double click there resets it.
Item {
    id: head

    required property TableColumn modelData
    required property TableColumns columns
    readonly property TableColumn column: modelData
    readonly property bool sorted: columns.sortedBy === column.role && column.role.length > 0

    visible: column.shown
    width: column.width
    height: parent ? parent.height : Theme.size.tableHeader
    Accessible.role: Accessible.ColumnHeader
    Accessible.name: column.title
    Accessible.description: sorted ? (columns.descending ? qsTr("sorted, descending") : qsTr("sorted, ascending")) : column.tip
    Accessible.onPressAction: head.columns.sortBy(head.column)

    ToolTip.text: column.tip
    ToolTip.visible: hover.hovered && column.tip.length > 0
    ToolTip.delay: Theme.duration.tooltip

    Row {
        id: words
        readonly property real natural: title.implicitWidth + (arrow.visible ? arrow.width + spacing : 0)
        readonly property real available: head.width - (arrow.visible ? arrow.width + spacing : 0)
        anchors.right: head.column.alignRight ? parent.right : undefined
        height: parent.height
        spacing: Theme.space.xs
        layoutDirection: head.column.alignRight ? Qt.RightToLeft : Qt.LeftToRight
        ColumnFit {
            column: head.column
            width: head.visible ? words.natural : 0
        }
        Label {
            id: title
            width: Math.min(implicitWidth, words.available)
            height: parent.height
            text: head.column.title
            color: head.sorted || hover.hovered && head.column.sortable ? Theme.color.text : Theme.color.textThird
            font.pixelSize: Theme.font.tiny
        }
        SvgIcon {
            id: arrow
            visible: head.sorted
            name: head.columns.descending ? "chevron-down" : "chevron-up"
            color: Theme.color.accent
            width: Theme.size.iconTiny
            height: Theme.size.iconTiny
            anchors.verticalCenter: parent.verticalCenter
        }
    }
    HoverHandler {
        id: hover
    }
    TapHandler {
        onTapped: head.columns.sortBy(head.column)
    }
    MouseArea {
        property real from: 0
        x: parent.width - Theme.space.xs
        width: head.columns.spacing
        height: parent.height
        cursorShape: Qt.SplitHCursor
        preventStealing: true
        Accessible.ignored: true
        onPressed: mouse => from = mouse.x
        onPositionChanged: mouse => head.columns.resize(head.column, head.width + mouse.x - from)
        onDoubleClicked: head.columns.resize(head.column, 0)
    }
}
