// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The open streams: how fast each goes, what waits for its client, and who pauses it.
Panel {
    id: panel

    required property ShellViewModel shell
    required property StreamsViewModel page

    title: qsTr("Open streams")
    highlighted: visible && panel.shell.highlightedFigure === "streams"
    keysTo: rows
    now: panel.page.session.time.past
    inset: Theme.space.m + 2
    implicitHeight: chrome + rows.headerHeight + 6 * Theme.size.row
    DataTable {
        id: rows
        anchors.fill: parent
        visible: panel.page.any
        shell: panel.shell
        name: "streams"
        title: qsTr("Open streams")
        model: panel.page.streams
        columns: [
            TableColumn {
                id: clientColumn
                title: qsTr("Client")
                role: "client"
                hideable: false
                minimum: 142   // a name and a port
                weight: 2
                claim: 2
            },
            TableColumn {
                id: modelColumn
                title: qsTr("Model")
                role: "name"
                minimum: 104
                weight: 2
                claim: 2
            },
            NumberColumn {
                id: rateColumn
                title: qsTr("Rate")
                role: "rate"
                sortRole: "bytesPerSecond"
                minimum: 92   // "1,355 events/s"
            },
            TableColumn {
                id: trendColumn
                title: qsTr("Trend")
                tip: qsTr("Bytes per second to the client")
                role: "trend"
                sortable: false
                minimum: 46
            },
            NumberColumn {
                id: sentColumn
                title: qsTr("Sent")
                role: "sent"
                sortRole: "bytesOut"
                minimum: 62
            },
            TableColumn {
                id: fillColumn
                title: qsTr("Buffered")
                tip: qsTr("Bytes waiting for the client, out of the stream's window. When it is full, reading from the backend pauses; at the mark it resumes. A client that reads nothing is paused before the buffer is full.")
                role: "fillText"
                sortRole: "fill"
                descendingFirst: true
                minimum: 54
                weight: 2
                claim: 1
            },
            TableColumn {
                id: stateColumn
                title: qsTr("State")
                role: "stateText"
                sortRole: "pausedSeconds"
                descendingFirst: true
                minimum: 146
                weight: 2
            },
            NumberColumn {
                id: chunkColumn
                title: qsTr("Chunk")
                role: "chunk"
                sortRole: "chunkBytes"
                minimum: 62
            },
            NumberColumn {
                id: ratioColumn
                title: qsTr("gzip")
                tip: qsTr("Original size divided by sent size")
                role: "compression"
                sortRole: "ratio"
                minimum: 36
            }
        ]
        delegate: DataTableRow {
            id: row
            required property double requestId
            required property string client
            required property string name
            required property string protocol
            required property string rate
            required property string sent
            required property double fill
            required property list<double> trend
            required property string fillText
            required property string stateText
            required property int level
            required property string chunk
            required property string compression

            table: rows
            Accessible.name: client + ", " + name + ", " + stateText + ", " + rate
            onMenuRequested: at => {
                menu.requestId = requestId;
                menu.client = client;
                menu.popup(row, at.x, at.y);
            }

            DataTableCell {
                column: clientColumn
                text: row.client
                elide: Text.ElideMiddle
                font.weight: Font.DemiBold
            }
            DataTableMixedCell {
                column: modelColumn
                natural: modelName.implicitWidth + spacing + protocolTag.implicitWidth
                Label {
                    id: modelName
                    width: Math.min(implicitWidth, modelColumn.width - protocolTag.width - Theme.space.s)
                    height: parent.height
                    text: row.name
                    elide: Text.ElideMiddle
                    font.pixelSize: Theme.font.small
                }
                Tag {
                    id: protocolTag
                    anchors.verticalCenter: parent.verticalCenter
                    text: row.protocol
                }
            }
            DataTableCell {
                column: rateColumn
                text: row.rate
            }
            DataTableTrendCell {
                column: trendColumn
                values: row.trend
                color: Theme.color.streams
            }
            DataTableCell {
                column: sentColumn
                text: row.sent
            }
            DataTableSharesCell {
                column: fillColumn
                shares: [Math.max(0, row.fill)]
                colors: [row.level === StreamList.Paused ? Theme.color.critical : Theme.color.streams]
                mark: row.fill >= 0 ? 0.5 : -1
                Accessible.role: Accessible.ProgressBar
                Accessible.name: qsTr("Buffered: %1").arg(row.fillText)
                HoverHandler {
                    id: fillHover
                }
                ToolTip.text: row.fillText
                ToolTip.visible: fillHover.hovered
                ToolTip.delay: Theme.duration.tooltip
            }
            DataTableCell {
                column: stateColumn
                text: row.stateText
                color: Tones.stream(row.level)
            }
            DataTableCell {
                column: chunkColumn
                text: row.chunk
            }
            DataTableCell {
                column: ratioColumn
                text: row.compression
            }
        }
        Menu {
            id: menu
            property double requestId
            property string client
            MenuItem {
                objectName: "cancel-stream"
                text: qsTr("Cancel stream")
                icon.name: "cross"
                enabled: panel.page.session.writable && menu.requestId > 0
                onTriggered: panel.page.cancel(menu.requestId)
            }
            MenuItem {
                text: qsTr("Copy client")
                icon.name: "copy"
                onTriggered: panel.shell.copy(menu.client, qsTr("name of the client"))
            }
        }
    }
    PlaceholderMessage {
        visible: !panel.page.any
        anchors.centerIn: parent
        width: Math.min(parent.width, Theme.size.message)
        iconName: "streams"
        title: panel.page.session.hasData ? qsTr("No streams are open") : qsTr("Waiting for the engine")
        text: panel.page.session.hasData ? panel.shell.engine.endpoint.length === 0 ? qsTr("Responses appear here while they are sent.") : qsTr("Send a request with \"stream\": true to %1 and its response appears here while it is sent.").arg(panel.shell.engine.endpoint) : qsTr("Its streams appear here as soon as it responds.")
        action: panel.page.session.hasData && panel.shell.engine.curl.length > 0 ? qsTr("Copy as curl") : ""
        onActionTriggered: panel.shell.copy(panel.shell.engine.curl, qsTr("curl command"))
    }
}
