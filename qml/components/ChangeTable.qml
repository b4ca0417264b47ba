// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Before and after, row by row; rows may be opened, and taken back.
Column {
    id: table

    required property ChangeList changes
    required property string titleHead
    required property string beforeHead
    required property string afterHead
    property bool editable: false
    readonly property alias count: rows.count

    signal opened(string changeId)
    signal reverted(string changeId)

    readonly property real titleShare: 0.44
    readonly property real revertWidth: editable ? 26 : 0
    readonly property real figureWidth: (width - revertWidth) * (1 - titleShare) / 2

    Row {
        width: parent.width
        HeaderCell {
            width: (table.width - table.revertWidth) * table.titleShare
            text: table.titleHead
        }
        HeaderCell {
            width: table.figureWidth
            text: table.beforeHead
            alignRight: true
        }
        HeaderCell {
            width: table.figureWidth
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
            required property string changeId
            required property string title
            required property string before
            required property string after
            required property string detail
            required property string problem
            required property bool mine
            required property int trend
            width: table.width
            height: words.height + 2 * Theme.space.xs + Theme.space.hair
            activeFocusOnTab: table.editable
            Accessible.role: Accessible.Row
            Accessible.name: title + ": " + before + " → " + after + (detail.length > 0 ? ", " + detail : "") + (problem.length > 0 ? ", " + problem : "")
            Accessible.onPressAction: table.opened(row.changeId)
            Keys.onReturnPressed: table.opened(row.changeId)
            Keys.onDeletePressed: table.reverted(row.changeId)

            Rectangle {
                visible: table.editable && hover.hovered
                anchors.fill: parent
                color: Theme.faint(Theme.color.raised, 0.6)
            }
            Column {
                id: words
                y: Theme.space.xs
                width: parent.width - table.revertWidth
                spacing: 1
                Row {
                    width: parent.width
                    Label {
                        width: parent.width * table.titleShare
                        height: 21
                        rightPadding: Theme.space.s
                        text: row.title
                        font.pixelSize: Theme.font.small
                    }
                    Label {
                        width: table.figureWidth
                        height: 21
                        horizontalAlignment: Text.AlignRight
                        text: row.before
                        color: Theme.color.textSecond
                        font.pixelSize: Theme.font.small
                    }
                    Label {
                        width: table.figureWidth
                        height: 21
                        leftPadding: Theme.space.s
                        horizontalAlignment: Text.AlignRight
                        text: row.after
                        color: row.trend === ChangeList.Better ? Theme.color.ok : row.trend === ChangeList.Worse ? Theme.color.critical : Theme.color.text
                        font.pixelSize: Theme.font.small
                        font.weight: Font.DemiBold
                    }
                }
                Item {
                    visible: row.detail.length > 0
                    width: parent.width
                    height: 15
                    Label {
                        width: parent.width - trendText.width - Theme.space.s
                        text: row.detail
                        color: Theme.color.textThird
                        font.pixelSize: Theme.font.tiny
                    }
                    // In words too: colour never carries it alone.
                    Label {
                        id: trendText
                        anchors.right: parent.right
                        text: row.trend === ChangeList.Better ? qsTr("better") : row.trend === ChangeList.Worse ? qsTr("worse") : ""
                        color: row.trend === ChangeList.Better ? Theme.color.ok : Theme.color.critical
                        font.pixelSize: Theme.font.tiny
                    }
                }
                Label {
                    visible: row.problem.length > 0
                    width: parent.width
                    text: row.problem
                    color: Theme.color.critical
                    font.pixelSize: Theme.font.tiny
                    wrapMode: Text.Wrap
                }
            }
            Button {
                objectName: "revert-" + row.changeId
                visible: table.editable && row.mine
                opacity: hover.hovered || row.activeFocus || activeFocus ? 1 : 0.4
                anchors.right: parent.right
                y: 2
                implicitHeight: 24
                implicitWidth: 24
                icon.name: "cross"
                flat: true
                ToolTip.text: qsTr("Undo the edit of %1").arg(row.title)
                onClicked: table.reverted(row.changeId)
            }
            HoverHandler {
                id: hover
                enabled: table.editable
            }
            TapHandler {
                enabled: table.editable
                onTapped: table.opened(row.changeId)
            }
            FocusRing {
                shown: row.activeFocus
                radius: Theme.space.xs
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
