// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The requests, newest first, and what can be done with each.
Card {
    id: panel

    required property ShellViewModel shell
    required property RequestsViewModel page
    required property list<color> phaseColors
    signal filterRequested(text: string)

    highlighted: visible && panel.shell.highlightedFigure === "requests"
    keysTo: list

    DataTable {
        id: list
        anchors.fill: parent
        anchors.topMargin: Theme.space.xs
        anchors.bottomMargin: Theme.space.xs
        shell: panel.shell
        name: "requests"
        title: qsTr("Requests")
        margin: Theme.space.m
        model: panel.page.requests
        folds: panel.page.requests.grouped
        onMoved: panel.page.follow = false
        onCountChanged: if (panel.page.follow)
            showTop()
        columns: [
            TableColumn {
                id: timeColumn
                title: qsTr("Time")
                role: "timeText"
                sortRole: "timeMs"
                descendingFirst: true
                hideable: false
                minimum: 78
            },
            TableColumn {
                id: clientColumn
                title: qsTr("Client")
                role: "client"
                minimum: 112   // a name and a port
                weight: 3
                claim: 2
            },
            TableColumn {
                id: modelColumn
                title: qsTr("Model")
                role: "model"
                minimum: 90
                weight: 2
                claim: 2
            },
            TableColumn {
                id: phaseColumn
                title: qsTr("Phase")
                role: "phase"
                minimum: 120
                weight: 1
            },
            TableColumn {
                id: barColumn
                title: qsTr("Breakdown")
                tip: qsTr("Where the time went")
                role: "shares"
                sortable: false
                minimum: 80
                weight: 3
            },
            NumberColumn {
                id: totalColumn
                title: qsTr("Total")
                role: "totalText"
                sortRole: "totalMs"
                minimum: 52
            },
            NumberColumn {
                id: outColumn
                title: qsTr("Out")
                tip: qsTr("Events or bytes sent to the client")
                role: "outText"
                sortRole: "outValue"
                minimum: 58
            },
            NumberColumn {
                id: batchColumn
                title: qsTr("Batch")
                tip: qsTr("Rows of the batch it was sent in")
                role: "batchText"
                sortRole: "batchRows"
                minimum: 36
            },
            TableColumn {
                id: connectionColumn
                title: qsTr("Conn.")
                tip: qsTr("Whether its connection to the backend was new or reused")
                role: "connectionText"
                minimum: 46
            },
            TableColumn {
                id: routeColumn
                title: qsTr("Route")
                role: "route"
                initiallyShown: false
                minimum: 150
            }
        ]
        delegate: DataTableRow {
            id: row
            required property double requestId
            required property string timeText
            required property string client
            required property string model
            required property string phase
            required property bool waitsForModel
            required property int outcome
            required property string totalText
            required property list<double> shares
            required property string outText
            required property string batchText
            required property string connectionText
            required property string route
            required property double batchId
            required property string batchName
            required property int batchCount
            required property bool unfolded
            required property bool member
            readonly property color phaseColor: outcome === RequestList.Failed ? Theme.color.critical : outcome === RequestList.Refused || outcome === RequestList.Rejected ? Theme.color.warning : outcome === RequestList.Open ? (waitsForModel ? Theme.color.warning : Theme.color.ok) : Theme.color.textSecond

            table: list
            selected: panel.page.chosenId === requestId
            Accessible.name: client + ", " + model + ", " + phase + ", " + totalText
            Accessible.description: batchCount < 2 ? "" : unfolded ? qsTr("batch of %1 requests, unfolded").arg(batchCount) : qsTr("batch of %1 requests, folded").arg(batchCount)
            onChosen: panel.page.choose(requestId)
            onFoldRequested: folded => panel.page.requests.setFolded(batchId, folded)
            onMenuRequested: at => {
                panel.page.choose(requestId);
                menu.open = outcome === RequestList.Open;
                menu.batchId = batchId;
                menu.batchCount = batchCount;
                menu.unfolded = unfolded;
                menu.popup(row, at.x, at.y);
            }

            DataTableCell {
                column: timeColumn
                text: row.timeText
                leftPadding: row.member ? Theme.space.m : 0
                color: Theme.color.textSecond
            }
            DataTableCell {
                column: clientColumn
                text: row.client
                elide: Text.ElideMiddle
            }
            DataTableCell {
                id: modelCell
                column: modelColumn
                rightPadding: groupButton.visible ? groupButton.width + Theme.space.xs : 0
                text: row.model
                elide: Text.ElideMiddle
                font.weight: Font.DemiBold
                Button {
                    id: groupButton
                    objectName: "unfold"
                    visible: row.batchCount > 1
                    x: Math.min(modelCell.contentWidth + Theme.space.xs, modelCell.width - width)
                    anchors.verticalCenter: parent.verticalCenter
                    implicitHeight: Theme.size.tag
                    focusPolicy: Qt.NoFocus
                    font.pixelSize: Theme.font.tiny
                    icon.name: row.unfolded ? "chevron-down" : "chevron-right"
                    text: "× " + row.batchCount
                    ToolTip.text: row.unfolded ? qsTr("Fold batch %1").arg(row.batchName) : qsTr("Show the %1 requests of batch %2").arg(row.batchCount).arg(row.batchName)
                    onClicked: panel.page.requests.toggleBatch(row.batchId)
                }
            }
            DataTableCell {
                column: phaseColumn
                text: row.phase
                color: row.phaseColor
            }
            DataTableSharesCell {
                column: barColumn
                shares: row.shares
                colors: panel.phaseColors
            }
            DataTableCell {
                column: totalColumn
                text: row.totalText
            }
            DataTableCell {
                column: outColumn
                text: row.outText
            }
            DataTableCell {
                column: batchColumn
                text: row.batchText
            }
            DataTableCell {
                column: connectionColumn
                text: row.connectionText
                color: Theme.color.textSecond
            }
            DataTableCell {
                column: routeColumn
                text: row.route
                color: Theme.color.textSecond
            }
        }
        RequestMenu {
            id: menu
            shell: panel.shell
            page: panel.page
            onFilterRequested: text => panel.filterRequested(text)
        }
    }
    PlaceholderMessage {
        visible: list.count === 0
        anchors.centerIn: parent
        iconName: "requests"
        title: panel.page.filtered && panel.page.any ? qsTr("No requests match") : panel.page.any ? panel.page.emptyTitle : qsTr("No requests yet")
        text: panel.page.filtered && panel.page.any ? qsTr("Filters: model: client: phase: slow:> id: batch:, or any word.") : panel.page.any ? panel.page.emptyText : panel.shell.engine.endpoint.length > 0 ? qsTr("Send one to %1 and it appears here with the time of each phase.").arg(panel.shell.engine.endpoint) : qsTr("They appear here, with the time of each phase, once an engine runs.")
        action: panel.page.filtered && panel.page.any ? qsTr("Clear filter") : panel.page.any ? (panel.page.session.time.paused ? qsTr("Return to now") : "") : panel.shell.engine.endpoint.length > 0 ? qsTr("Copy as curl") : ""
        onActionTriggered: panel.page.filtered && panel.page.any ? panel.filterRequested("") : panel.page.any ? panel.page.session.time.goLive() : panel.shell.copy(panel.shell.engine.curl, qsTr("curl command"))
    }
}
