// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Every request and, for the chosen one, why it took as long as it did.
Item {
    id: requests

    required property ShellViewModel shell
    required property RequestsViewModel page

    readonly property int margin: Theme.space.xl
    readonly property bool wide: width > Theme.size.wide - Theme.space.xl
    readonly property list<color> phaseColors: [Theme.color.textThird, Theme.color.accent, Theme.color.queued, Theme.color.models, Theme.color.batches, Theme.color.connections, Theme.color.inference, Theme.color.streams, Theme.color.textThird]

    readonly property list<string> phaseNames: [qsTr("receiving"), qsTr("processing"), qsTr("queued"), qsTr("waiting for model"), qsTr("batching"), qsTr("connecting"), qsTr("running"), qsTr("streaming"), qsTr("client reads")]

    Connections {
        target: requests.shell
        function onFindRequested() {
            if (requests.page.active)
                query.forceActiveFocus();
        }
    }

    Card {
        id: bar
        x: requests.margin
        y: requests.margin
        width: parent.width - 2 * x
        height: Theme.size.filterBar

        TextField {
            id: query
            objectName: "query"
            x: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
            width: Theme.size.query
            iconName: "filter"
            placeholderText: qsTr("model:embed slow:>200ms")
            Accessible.name: qsTr("Filter requests")
            onTextChanged: requests.page.requests.query = text
        }
        Label {
            id: countText
            objectName: "count"
            anchors.left: query.right
            anchors.leftMargin: Theme.space.m
            height: parent.height
            width: Math.min(implicitWidth, Math.max(0, choices.x - x - Theme.space.s))
            text: requests.page.countText + (requests.page.limitText.length > 0 ? " · " + requests.page.limitText : "")
            color: Theme.color.textThird
            font.pixelSize: Theme.font.small
        }
        Row {
            id: phases
            objectName: "phases"
            // Never by `visible`, which would change its own width: laid out without end.
            opacity: x + width < choices.x ? 1 : 0
            anchors.left: countText.right
            anchors.leftMargin: Theme.space.l
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.space.m
            Repeater {
                model: requests.phaseNames
                Legend {
                    required property string modelData
                    required property int index
                    color: requests.phaseColors[index]
                    text: modelData
                }
            }
        }
        Row {
            id: choices
            anchors.right: parent.right
            anchors.rightMargin: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.space.s
            RoundButton {
                objectName: "follow"
                icon.name: requests.page.follow ? "live" : "pause"
                text: qsTr("Follow")
                checkable: true
                checked: requests.page.follow
                ToolTip.text: requests.page.follow ? qsTr("Freeze the list; new entries are counted") : qsTr("Show requests as they arrive")
                onToggled: requests.page.follow = checked
            }
            RoundButton {
                objectName: "group"
                icon.name: "batches"
                text: qsTr("Batches")
                checkable: true
                checked: requests.page.requests.grouped
                ToolTip.text: qsTr("One row per batch; click its count to unfold it")
                onToggled: requests.page.requests.grouped = checked
            }
            RoundButton {
                text: qsTr("Console traffic")
                checkable: true
                checked: requests.page.requests.ownShown
                ToolTip.text: qsTr("Show the console's own traffic as well")
                onToggled: requests.page.requests.ownShown = checked
            }
        }
    }

    Card {
        id: table
        wanted: visible && requests.shell.wantedFigure === "requests"
        keysTo: list
        x: requests.margin
        anchors.top: bar.bottom
        anchors.topMargin: Theme.space.m
        anchors.bottom: parent.bottom
        anchors.bottomMargin: requests.margin
        width: (detail.visible ? detail.x - Theme.space.m : parent.width - requests.margin) - x

        DataTable {
            id: list
            anchors.fill: parent
            anchors.topMargin: Theme.space.xs
            anchors.bottomMargin: Theme.space.xs
            shell: requests.shell
            name: "requests"
            title: qsTr("Requests")
            margin: Theme.space.m
            model: requests.page.requests
            folds: requests.page.requests.grouped
            onMoved: requests.page.follow = false
            onCountChanged: if (requests.page.follow)
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
                    minimum: 136   // a name and a port
                    weight: 3
                },
                TableColumn {
                    id: modelColumn
                    title: qsTr("Model")
                    role: "model"
                    minimum: 90
                    weight: 2
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
                    minimum: 60
                    weight: 3
                },
                TableColumn {
                    id: totalColumn
                    title: qsTr("Total")
                    role: "totalText"
                    sortRole: "totalMs"
                    descendingFirst: true
                    alignRight: true
                    minimum: 52
                },
                TableColumn {
                    id: outColumn
                    title: qsTr("Out")
                    tip: qsTr("Events or bytes sent to the client")
                    role: "outText"
                    sortRole: "outValue"
                    descendingFirst: true
                    alignRight: true
                    minimum: 58
                },
                TableColumn {
                    id: batchColumn
                    title: qsTr("Batch")
                    tip: qsTr("Rows of the batch it was sent in")
                    role: "batchText"
                    sortRole: "batchRows"
                    descendingFirst: true
                    alignRight: true
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
                selected: requests.page.chosenId === requestId
                Accessible.name: client + ", " + model + ", " + phase + ", " + totalText
                Accessible.description: batchCount < 2 ? "" : unfolded ? qsTr("batch of %1 requests, unfolded").arg(batchCount) : qsTr("batch of %1 requests, folded").arg(batchCount)
                onChosen: requests.page.choose(requestId)
                onFoldAsked: folded => requests.page.requests.setFolded(batchId, folded)
                onMenuAsked: at => {
                    requests.page.choose(requestId);
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
                        onClicked: requests.page.requests.toggleBatch(row.batchId)
                    }
                }
                DataTableCell {
                    column: phaseColumn
                    text: row.phase
                    color: row.phaseColor
                }
                SharesBar {
                    x: barColumn.x
                    width: barColumn.width
                    visible: barColumn.shown
                    height: Theme.size.bar
                    anchors.verticalCenter: parent.verticalCenter
                    shares: row.shares
                    colors: requests.phaseColors
                    track: Theme.color.grid
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
            Menu {
                id: menu
                property bool open
                property double batchId
                property int batchCount
                property bool unfolded
                MenuItem {
                    objectName: "fold"
                    visible: menu.batchCount > 1
                    height: visible ? implicitHeight : 0
                    text: menu.unfolded ? qsTr("Fold batch") : qsTr("Unfold batch")
                    icon.name: menu.unfolded ? "chevron-down" : "chevron-right"
                    onTriggered: requests.page.requests.toggleBatch(menu.batchId)
                }
                MenuItem {
                    text: qsTr("Cancel request")
                    icon.name: "cross"
                    enabled: requests.page.cancellable && menu.open
                    onTriggered: requests.page.cancel()
                }
                MenuItem {
                    text: qsTr("Copy as curl")
                    icon.name: "copy"
                    enabled: requests.page.chosenCurl.length > 0
                    onTriggered: requests.shell.copy(requests.page.chosenCurl, qsTr("curl command"))
                }
                MenuItem {
                    text: qsTr("Only this model")
                    icon.name: "filter"
                    onTriggered: query.text = "model:" + requests.page.chosenModel
                }
                MenuItem {
                    text: qsTr("Only this batch")
                    icon.name: "filter"
                    enabled: requests.page.chosenBatch > 0
                    onTriggered: query.text = "batch:" + requests.page.chosenBatch
                }
                MenuItem {
                    text: qsTr("Save all fields as CSV")
                    icon.name: "download"
                    onTriggered: requests.shell.saveText("requests", "csv", requests.page.csv())
                }
            }
        }
        PlaceholderMessage {
            visible: list.count === 0
            anchors.centerIn: parent
            symbol: "requests"
            title: requests.page.any ? qsTr("No requests match") : qsTr("No requests yet")
            text: requests.page.any ? qsTr("Filters: model: client: phase: slow:> id: batch:, or any word.") : requests.shell.engine.endpoint.length > 0 ? qsTr("Send one to %1 and it appears here with the time of each phase.").arg(requests.shell.engine.endpoint) : qsTr("They appear here, with the time of each phase, once an engine runs.")
            action: requests.page.any ? qsTr("Clear filter") : requests.shell.engine.endpoint.length > 0 ? qsTr("Copy as curl") : ""
            onActed: requests.page.any ? query.clear() : requests.shell.copy(requests.shell.engine.curl, qsTr("curl command"))
        }
    }

    RequestDetail {
        id: detail
        anchors.top: table.top
        anchors.bottom: table.bottom
        anchors.right: parent.right
        anchors.rightMargin: requests.margin
        width: requests.wide ? Theme.size.detail : Theme.size.detailNarrow
        visible: requests.wide || requests.page.chosenId !== 0
        shell: requests.shell
        page: requests.page
        phaseColors: requests.phaseColors
        phaseNames: requests.phaseNames
        legendWanted: phases.opacity === 0
    }
}
