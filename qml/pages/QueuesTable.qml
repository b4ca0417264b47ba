// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The queues of requests that wait for a batch, and how large their batches are.
Panel {
    id: panel

    required property ShellViewModel shell
    required property BatchesViewModel page
    required property bool wide

    title: qsTr("Queues")
    highlighted: visible && panel.shell.highlightedFigure === "queues"
    keysTo: lanes
    subtitle: panel.page.unusedText
    now: panel.page.session.time.past
    inset: Theme.space.m + 2
    implicitHeight: chrome + lanes.headerHeight + Math.min(6, Math.max(1, lanes.count)) * Theme.size.row

    DataTable {
        id: lanes
        anchors.fill: parent
        shell: panel.shell
        name: "queues"
        title: qsTr("Queues")
        model: panel.page.lanes
        rowMenus: false
        columns: [
            TableColumn {
                id: nameColumn
                title: qsTr("Model · signature")
                role: "laneId"
                hideable: false
                minimum: 150
                weight: 2
                claim: 2
            },
            NumberColumn {
                id: waitingColumn
                title: qsTr("Waiting")
                role: "waiting"
                sortRole: "waitingValue"
                minimum: 78
            },
            NumberColumn {
                id: oldestColumn
                title: qsTr("Oldest")
                role: "oldest"
                sortRole: "oldestMs"
                minimum: 58
            },
            NumberColumn {
                id: sizeColumn
                title: qsTr("Average / limit / configured")
                tip: qsTr("Rows per batch: the average, the limit that is in effect now, and the configured one")
                role: "sizes"
                sortRole: "averageValue"
                minimum: 148
            },
            NumberColumn {
                id: costColumn
                title: qsTr("Cost per batch")
                tip: qsTr("Measured time of a batch: a fixed part and a part per row")
                role: "cost"
                sortRole: "costPerRow"
                minimum: 160
                initiallyShown: panel.wide
            },
            NumberColumn {
                id: rateColumn
                title: qsTr("Rows/s")
                role: "rate"
                sortRole: "rateValue"
                minimum: 56
            },
            TableColumn {
                id: lastColumn
                title: qsTr("Last batch")
                role: "last"
                sortable: false
                minimum: 80
                weight: 4
            }
        ]
        delegate: DataTableRow {
            id: row
            required property string name
            required property string signature
            required property string waiting
            required property string oldest
            required property string sizes
            required property string limitWhy
            required property string cost
            required property string rate
            required property string last

            table: lanes
            Accessible.name: name + ", " + waiting + " " + qsTr("waiting") + ", " + last

            DataTableMixedCell {
                column: nameColumn
                natural: nameText.implicitWidth + spacing + signatureText.implicitWidth
                Label {
                    id: nameText
                    width: Math.min(implicitWidth, nameColumn.width * 0.7)
                    height: parent.height
                    text: row.name
                    elide: Text.ElideMiddle
                    font.pixelSize: Theme.font.small
                    font.weight: Font.DemiBold
                }
                Label {
                    id: signatureText
                    width: nameColumn.width - nameText.width - Theme.space.s
                    height: parent.height
                    text: row.signature
                    color: Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                }
            }
            DataTableCell {
                column: waitingColumn
                text: row.waiting
            }
            DataTableCell {
                column: oldestColumn
                text: row.oldest
            }
            DataTableCell {
                column: sizeColumn
                text: row.sizes
                HoverHandler {
                    id: sizeHover
                }
                ToolTip.text: row.limitWhy
                ToolTip.visible: sizeHover.hovered && row.limitWhy.length > 0
                ToolTip.delay: Theme.duration.tooltip
            }
            DataTableCell {
                column: costColumn
                text: row.cost
            }
            DataTableCell {
                column: rateColumn
                text: row.rate
            }
            DataTableCell {
                column: lastColumn
                text: row.last
                color: Theme.color.textSecond
            }
        }
    }
}
