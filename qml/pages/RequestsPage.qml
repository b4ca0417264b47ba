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
    readonly property list<color> phaseColors: [Theme.color.textThird, Theme.color.accent, Theme.color.queued, Theme.color.models, Theme.color.batches, Theme.color.connections, Theme.color.inference, Theme.color.streams]

    readonly property list<string> phaseNames: [qsTr("receiving"), qsTr("processing"), qsTr("queued"), qsTr("waiting for model"), qsTr("batching"), qsTr("connecting"), qsTr("running"), qsTr("streaming")]

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
                text: qsTr("Console")
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
                required property int batchCount
                required property bool unfolded
                required property bool member
                readonly property color phaseColor: outcome === RequestList.Failed ? Theme.color.critical : outcome === RequestList.Refused || outcome === RequestList.Rejected ? Theme.color.warning : outcome === RequestList.Open ? (waitsForModel ? Theme.color.warning : Theme.color.ok) : Theme.color.textSecond

                table: list
                selected: requests.page.chosenId === requestId
                Accessible.name: client + ", " + model + ", " + phase + ", " + totalText
                onChosen: requests.page.choose(requestId)
                onMenuAsked: at => {
                    requests.page.choose(requestId);
                    menu.open = outcome === RequestList.Open;
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
                        ToolTip.text: row.unfolded ? qsTr("Fold batch %1").arg(row.batchId) : qsTr("Show the %1 requests of batch %2").arg(row.batchCount).arg(row.batchId)
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

    Card {
        id: detail
        anchors.top: table.top
        anchors.bottom: table.bottom
        anchors.right: parent.right
        anchors.rightMargin: requests.margin
        width: requests.wide ? Theme.size.detail : Theme.size.detailNarrow
        visible: requests.wide || requests.page.chosenId !== 0
        clip: true
        Accessible.role: Accessible.Grouping
        Accessible.name: qsTr("Why was it slow?")

        PlaceholderMessage {
            id: invitation
            visible: requests.page.chosenId === 0
            anchors.centerIn: parent
            width: parent.width - 2 * Theme.space.xl
            symbol: "clock"
            title: qsTr("Why was it slow?")
            text: qsTr("Select a request to see its phases and decisions.")
        }
        // Of the bars in the table, where the line above has no place for it.
        Grid {
            objectName: "phases-aside"
            visible: requests.page.chosenId === 0 && phases.opacity === 0
            anchors.top: invitation.bottom
            anchors.topMargin: Theme.space.l
            anchors.horizontalCenter: parent.horizontalCenter
            columns: 2
            columnSpacing: Theme.space.xl
            rowSpacing: Theme.space.xs
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
        Button {
            z: 1
            visible: requests.page.chosenId !== 0
            anchors.right: parent.right
            anchors.top: parent.top
            anchors.margins: Theme.space.s
            icon.name: "cross"
            flat: true
            ToolTip.text: qsTr("Close")
            onClicked: requests.page.choose(0)
        }
        Flickable {
            visible: requests.page.chosenId !== 0
            anchors.fill: parent
            contentHeight: column.height + 2 * Theme.space.l
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar {}
            Column {
                id: column
                x: Theme.space.l
                y: Theme.space.l
                width: parent.width - 2 * x
                spacing: Theme.space.s

                Row {
                    spacing: Theme.space.s
                    Label {
                        height: Theme.space.xl
                        text: qsTr("Why was it slow?")
                        font.weight: Font.DemiBold
                    }
                    Tag {
                        text: requests.page.chosenModel
                    }
                }
                Label {
                    width: parent.width
                    text: requests.page.chosenText
                    color: Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                    wrapMode: Text.Wrap
                    lineHeight: 1.25
                }
                Item {
                    id: waterfall
                    objectName: "waterfall"
                    readonly property real begin: Theme.size.phaseName
                    readonly property real length: width - begin - Theme.size.phaseTime
                    width: parent.width
                    height: ruler.height + phaseRows.height
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Phases of the request over time")

                    Item {
                        id: ruler
                        x: waterfall.begin
                        width: waterfall.length
                        height: Theme.size.ruler
                        Repeater {
                            model: requests.page.tickTexts
                            Label {
                                required property string modelData
                                required property int index
                                readonly property real at: (requests.page.tickPlaces[index] ?? 0) * ruler.width
                                x: Math.max(0, Math.min(ruler.width - width, at - width / 2))
                                visible: index === 0 || index === requests.page.tickTexts.length - 1 || requests.page.tickTexts.length < 4
                                text: modelData
                                color: Theme.color.textThird
                                font.pixelSize: Theme.font.tiny
                            }
                        }
                    }
                    Repeater {
                        model: requests.page.tickPlaces
                        Rectangle {
                            required property double modelData
                            x: waterfall.begin + Math.round(modelData * (waterfall.length - width))
                            y: ruler.height
                            width: Theme.space.hair
                            height: phaseRows.height
                            color: Theme.color.grid
                        }
                    }
                    Column {
                        id: phaseRows
                        y: ruler.height
                        width: parent.width
                        Repeater {
                            model: requests.page.phases
                            Item {
                                id: phaseRow
                                required property int phase
                                required property string title
                                required property string durationText
                                required property double share
                                required property double begin
                                required property double end
                                required property bool running
                                width: waterfall.width
                                height: Theme.size.control
                                Accessible.role: Accessible.ListItem
                                Accessible.name: title + ": " + durationText
                                Dot {
                                    id: phaseDot
                                    anchors.verticalCenter: parent.verticalCenter
                                    color: requests.phaseColors[phaseRow.phase]
                                }
                                Label {
                                    anchors.left: phaseDot.right
                                    anchors.leftMargin: Theme.space.s
                                    height: parent.height
                                    width: waterfall.begin - Theme.size.dot - 2 * Theme.space.s
                                    text: phaseRow.title
                                    color: phaseRow.share > 0 ? Theme.color.text : Theme.color.textThird
                                    font.weight: phaseRow.share > 0.4 ? Font.DemiBold : Font.Normal
                                }
                                Rectangle {
                                    objectName: "phase-bar"
                                    visible: phaseRow.share > 0
                                    x: waterfall.begin + phaseRow.begin * waterfall.length
                                    width: Math.max(Theme.size.focus, (phaseRow.end - phaseRow.begin) * waterfall.length)
                                    height: Theme.size.bar
                                    anchors.verticalCenter: parent.verticalCenter
                                    radius: Theme.size.focus
                                    color: requests.phaseColors[phaseRow.phase]
                                    opacity: phaseRow.running ? 0.7 : 1
                                }
                                Label {
                                    anchors.right: parent.right
                                    height: parent.height
                                    text: phaseRow.running ? phaseRow.durationText + " …" : phaseRow.durationText
                                    font.pixelSize: Theme.font.small
                                }
                            }
                        }
                    }
                }
                Row {
                    visible: requests.page.chosenReason.length > 0
                    width: parent.width
                    spacing: Theme.space.s
                    SvgIcon {
                        name: "error"
                        color: Theme.color.critical
                        width: Theme.size.iconMedium
                        height: Theme.size.iconMedium
                    }
                    Label {
                        width: parent.width - Theme.size.iconMedium - Theme.space.s
                        text: requests.page.chosenReason
                        color: Theme.color.critical
                        font.pixelSize: Theme.font.small
                        wrapMode: Text.Wrap
                    }
                }
                Label {
                    visible: requests.page.chosenStory.length > 0
                    height: Theme.size.heading
                    text: qsTr("Decisions")
                    font.weight: Font.DemiBold
                }
                Repeater {
                    model: requests.page.chosenStory
                    Row {
                        id: storyRow
                        required property string modelData
                        width: column.width
                        spacing: Theme.space.s
                        SvgIcon {
                            name: "chevron-right"
                            color: Theme.color.textThird
                            width: Theme.size.iconTiny
                            height: Theme.size.iconMedium
                        }
                        Label {
                            width: parent.width - Theme.size.iconTiny - Theme.space.s
                            text: storyRow.modelData
                            color: Theme.color.textSecond
                            font.pixelSize: Theme.font.small
                            wrapMode: Text.Wrap
                        }
                    }
                }
                Item {
                    width: 1
                    height: Theme.space.xs
                }
                Flow {
                    width: parent.width
                    spacing: Theme.space.s
                    Button {
                        visible: requests.page.cancellable
                        text: qsTr("Cancel request")
                        icon.name: "cross"
                        onClicked: requests.page.cancel()
                    }
                    Button {
                        objectName: "copy-curl"
                        visible: requests.page.chosenCurl.length > 0
                        text: qsTr("Copy as curl")
                        icon.name: "copy"
                        onClicked: requests.shell.copy(requests.page.chosenCurl, qsTr("curl command"))
                    }
                }
            }
        }
    }
}
