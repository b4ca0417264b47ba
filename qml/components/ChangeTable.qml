// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Before and after, row by row.
Column {
    id: table

    required property ChangeList changes
    required property string titleHead
    required property string beforeHead
    required property string afterHead
    readonly property alias count: rows.count

    Row {
        width: parent.width
        HeaderCell {
            width: parent.width * 0.46
            text: table.titleHead
        }
        HeaderCell {
            width: parent.width * 0.27
            text: table.beforeHead
            alignRight: true
        }
        HeaderCell {
            width: parent.width * 0.27
            text: table.afterHead
            alignRight: true
        }
    }
    Rectangle {
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
    Repeater {
        id: rows
        model: table.changes
        Item {
            id: row
            required property string title
            required property string before
            required property string after
            required property string detail
            required property int verdict
            width: table.width
            height: detail.length > 0 ? 42 : Theme.size.row
            Accessible.role: Accessible.Row
            Accessible.name: title + ": " + before + " → " + after + (detail.length > 0 ? ", " + detail : "")
            Label {
                width: parent.width * 0.46 - Theme.space.s
                height: row.detail.length > 0 ? 26 : parent.height
                text: row.title
                font.pixelSize: Theme.font.small
            }
            Label {
                visible: row.detail.length > 0
                y: 22
                width: parent.width * 0.46
                text: row.detail
                color: Theme.color.textThird
                font.pixelSize: Theme.font.tiny
            }
            Label {
                x: parent.width * 0.46
                width: parent.width * 0.27
                height: parent.height
                horizontalAlignment: Text.AlignRight
                text: row.before
                color: Theme.color.textSecond
                font.pixelSize: Theme.font.small
            }
            Label {
                x: parent.width * 0.73
                width: parent.width * 0.27
                height: parent.height
                leftPadding: Theme.space.s
                horizontalAlignment: Text.AlignRight
                text: row.after
                color: row.verdict === 1 ? Theme.color.ok : row.verdict === 2 ? Theme.color.critical : Theme.color.text
                font.pixelSize: Theme.font.small
                font.weight: Font.DemiBold
            }
            Rectangle {
                anchors.bottom: parent.bottom
                width: parent.width
                height: Theme.space.hair
                color: Theme.color.grid
            }
        }
    }
}
