// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Before and after, row by row, as high as its rows; rows may be opened, and taken back.
DataTable {
    id: table

    required property ChangeList changes
    required property string titleHead
    required property string beforeHead
    required property string afterHead
    property bool editable: false

    signal opened(string changeId)
    signal reverted(string changeId)

    height: bodyHeight
    spacing: Theme.space.s
    rowHeight: Theme.size.rowDouble + (changes.anyDetail ? Theme.size.lineSmall : 0) + (changes.anyProblem ? Theme.size.problemLines : 0)
    rowMenus: editable
    model: changes
    columns: [
        TableColumn {
            id: titleColumn
            title: table.titleHead
            role: "title"
            weight: 1
            minimum: Theme.size.changeTitle
            hideable: false
        },
        TableColumn {
            id: beforeColumn
            title: table.beforeHead
            role: "before"
            weight: 3
            minimum: Theme.size.changeFigure
            alignRight: true
        },
        TableColumn {
            id: afterColumn
            title: table.afterHead
            role: "after"
            weight: 3
            minimum: Theme.size.changeFigure
            alignRight: true
        }
    ]
    delegate: DataTableRow {
        id: row
        required property string changeId
        required property string title
        required property string before
        required property string after
        required property string detail
        required property string problem
        required property bool mine
        required property int trend
        readonly property color trendColor: trend === ChangeList.Better ? Theme.color.ok : trend === ChangeList.Worse ? Theme.color.critical : Theme.color.text
        // In words too: colour never carries it alone.
        readonly property string trendText: trend === ChangeList.Better ? qsTr("better") : trend === ChangeList.Worse ? qsTr("worse") : ""

        objectName: "change-" + changeId
        table: table
        Accessible.name: title + ": " + before + " → " + after + (detail.length > 0 ? ", " + detail : "") + (trendText.length > 0 ? ", " + trendText : "") + (problem.length > 0 ? ", " + problem : "")
        onChosen: table.opened(row.changeId)
        onRemoveRequested: if (table.editable && row.mine)
            table.reverted(row.changeId)
        onMenuRequested: at => {
            menu.changeId = row.changeId;
            menu.mine = row.mine;
            menu.popup(row, at.x, at.y);
        }

        // Title and detail have separate lines: beside two figures they do not fit at the side of a page.
        Label {
            id: words
            y: Theme.space.hair
            width: table.rowWidth
            height: Theme.size.lineSmall
            text: row.title
            font.pixelSize: Theme.font.small
            Accessible.role: Accessible.Cell
            Accessible.name: text
        }
        Label {
            y: beforeCell.y
            width: beforeCell.x
            height: beforeCell.height
            text: row.trendText
            color: row.trendColor
            font.pixelSize: Theme.font.tiny
        }
        DataTableCell {
            id: beforeCell
            column: beforeColumn
            y: words.y + words.height
            height: Theme.size.lineSmall
            text: row.before
            color: Theme.color.textSecond
        }
        DataTableCell {
            column: afterColumn
            y: beforeCell.y
            height: Theme.size.lineSmall
            text: row.after
            color: row.trendColor
            font.weight: Font.DemiBold
        }
        Label {
            id: detailText
            visible: text.length > 0
            y: beforeCell.y + beforeCell.height
            width: table.rowWidth
            height: Theme.size.lineSmall
            text: row.detail
            color: Theme.color.textThird
            font.pixelSize: Theme.font.tiny
        }
        Label {
            objectName: "problem"
            visible: text.length > 0
            y: detailText.y + (table.changes.anyDetail ? detailText.height : 0)
            width: table.rowWidth
            text: row.problem
            color: Theme.color.critical
            font.pixelSize: Theme.font.tiny
            wrapMode: Text.Wrap
            maximumLineCount: 2
        }
    }

    Menu {
        id: menu
        property string changeId
        property bool mine
        MenuItem {
            text: qsTr("Show the setting")
            icon.name: "settings"
            onTriggered: table.opened(menu.changeId)
        }
        MenuItem {
            objectName: "revert"
            text: qsTr("Undo this edit")
            icon.name: "undo"
            enabled: menu.mine
            onTriggered: table.reverted(menu.changeId)
        }
    }
}
