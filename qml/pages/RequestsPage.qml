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
    readonly property bool wide: width > 1080
    readonly property list<color> phaseColors: [Theme.color.queued, Theme.color.models, Theme.color.batches, Theme.color.connections, Theme.color.inference, Theme.color.streams]

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
        height: 52

        TextField {
            id: query
            objectName: "query"
            x: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
            width: requests.wide ? 230 : 240
            iconName: "filter"
            placeholderText: qsTr("model:embed slow:>200ms")
            Accessible.name: qsTr("Filter requests")
            onTextChanged: requests.page.requests.query = text
        }
        Row {
            visible: requests.wide
            anchors.left: query.right
            anchors.leftMargin: Theme.space.l
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.space.m
            Repeater {
                model: [qsTr("queued"), qsTr("waiting for model"), qsTr("batching"), qsTr("connecting"), qsTr("running"), qsTr("streaming")]
                Legend {
                    required property string modelData
                    required property int index
                    color: requests.phaseColors[index]
                    text: modelData
                }
            }
        }
        Row {
            anchors.right: parent.right
            anchors.rightMargin: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.space.s
            ComboBox {
                radius: height / 2
                Accessible.name: qsTr("Order")
                model: [qsTr("Newest"), qsTr("Slowest"), qsTr("By model"), qsTr("By client")]
                currentIndex: requests.page.requests.order
                onActivated: index => requests.page.requests.order = index
            }
            RoundButton {
                icon.name: "live"
                text: qsTr("Follow")
                checkable: true
                checked: requests.page.follow
                ToolTip.text: qsTr("Stay at the top as requests come")
                onToggled: requests.page.follow = checked
            }
            RoundButton {
                text: qsTr("Own")
                checkable: true
                checked: requests.page.requests.ownShown
                ToolTip.text: qsTr("Show the console's own requests as well")
                onToggled: requests.page.requests.ownShown = checked
            }
            RoundButton {
                icon.name: "download"
                text: requests.width > 1300 ? qsTr("Export CSV") : qsTr("CSV")
                ToolTip.text: qsTr("Save what is listed as CSV")
                onClicked: requests.shell.saveText("requests", "csv", requests.page.csv())
            }
        }
    }

    Card {
        id: table
        x: requests.margin
        anchors.top: bar.bottom
        anchors.topMargin: Theme.space.m
        anchors.bottom: parent.bottom
        anchors.bottomMargin: requests.margin
        width: detail.x - x - Theme.space.m

        readonly property int timeWidth: 80
        readonly property int clientWidth: 76
        readonly property int modelWidth: 104
        readonly property int phaseWidth: 104
        readonly property int totalWidth: 62
        readonly property int outWidth: requests.wide ? 74 : 0
        readonly property int batchWidth: requests.wide ? 42 : 0
        readonly property int connectionWidth: requests.wide ? 76 : 0
        readonly property int gap: Theme.space.s
        readonly property int barWidth: Math.max(60, width - 2 * Theme.space.m - Theme.space.xs - timeWidth - clientWidth - modelWidth - phaseWidth - totalWidth - outWidth - batchWidth - connectionWidth - gap * (requests.wide ? 8 : 5))

        Row {
            id: head
            x: Theme.space.m
            y: Theme.space.xs
            spacing: table.gap
            HeaderCell {
                width: table.timeWidth
                text: qsTr("Time")
            }
            HeaderCell {
                width: table.clientWidth
                text: qsTr("Client")
            }
            HeaderCell {
                width: table.modelWidth
                text: qsTr("Model")
            }
            HeaderCell {
                width: table.phaseWidth
                text: qsTr("Phase")
            }
            HeaderCell {
                width: table.barWidth
                text: qsTr("Where the time went")
            }
            HeaderCell {
                width: table.totalWidth
                text: qsTr("Total")
                alignRight: true
            }
            HeaderCell {
                visible: requests.wide
                width: table.outWidth
                text: qsTr("Out")
                alignRight: true
            }
            HeaderCell {
                visible: requests.wide
                width: table.batchWidth
                text: qsTr("Batch")
                alignRight: true
            }
            HeaderCell {
                visible: requests.wide
                width: table.connectionWidth
                leftPadding: Theme.space.s
                text: qsTr("Connection")
            }
        }
        Rectangle {
            x: 1
            anchors.top: head.bottom
            width: parent.width - 2
            height: Theme.space.hair
            color: Theme.color.line
        }
        ListView {
            id: list
            objectName: "requests"
            anchors.fill: parent
            anchors.topMargin: head.height + Theme.space.xs + 1
            anchors.bottomMargin: Theme.space.xs
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            reuseItems: true
            model: requests.page.requests
            activeFocusOnTab: true
            currentIndex: -1
            Accessible.role: Accessible.Table
            Accessible.name: qsTr("Requests")
            ScrollBar.vertical: ScrollBar {}
            onCountChanged: if (requests.page.follow)
                positionViewAtBeginning()
            onMovementStarted: requests.page.follow = false

            delegate: Rectangle {
                id: row
                required property int index
                required property double requestId
                required property string timeText
                required property string client
                required property string model
                required property string phase
                required property int outcome
                required property string totalText
                required property list<double> shares
                required property string outText
                required property string batchText
                required property string connectionText
                readonly property bool chosen: requests.page.chosenId === requestId
                readonly property color phaseColor: outcome === RequestList.Failed ? Theme.color.critical : outcome === RequestList.Open ? (phase === "waiting for model" ? Theme.color.warning : Theme.color.ok) : Theme.color.textSecond

                width: list.width
                height: Theme.size.row
                color: chosen ? Theme.color.raised : hover.hovered || ListView.isCurrentItem && list.activeFocus ? Theme.faint(Theme.color.raised, 0.6) : "transparent"
                Accessible.role: Accessible.Row
                Accessible.name: client + ", " + model + ", " + phase + ", " + totalText
                Accessible.onPressAction: requests.page.choose(requestId)
                Keys.onReturnPressed: requests.page.choose(requestId)

                Row {
                    x: Theme.space.m
                    height: parent.height
                    spacing: table.gap
                    TableCell {
                        width: table.timeWidth
                        text: row.timeText
                        color: Theme.color.textSecond
                    }
                    TableCell {
                        width: table.clientWidth
                        text: row.client
                    }
                    TableCell {
                        width: table.modelWidth
                        text: row.model
                        font.weight: Font.DemiBold
                    }
                    TableCell {
                        width: table.phaseWidth
                        text: row.phase
                        color: row.phaseColor
                    }
                    SharesBar {
                        width: table.barWidth
                        height: Theme.space.s
                        anchors.verticalCenter: parent.verticalCenter
                        shares: row.shares
                        colors: requests.phaseColors
                        track: Theme.color.grid
                    }
                    TableCell {
                        width: table.totalWidth
                        text: row.totalText
                        alignRight: true
                    }
                    TableCell {
                        visible: requests.wide
                        width: table.outWidth
                        text: row.outText
                        alignRight: true
                    }
                    TableCell {
                        visible: requests.wide
                        width: table.batchWidth
                        text: row.batchText
                        alignRight: true
                    }
                    TableCell {
                        visible: requests.wide
                        width: table.connectionWidth
                        leftPadding: Theme.space.s
                        text: row.connectionText
                        color: Theme.color.textSecond
                    }
                }
                Rectangle {
                    x: Theme.space.m
                    width: parent.width - 2 * x
                    anchors.bottom: parent.bottom
                    height: Theme.space.hair
                    color: Theme.color.grid
                }
                HoverHandler {
                    id: hover
                }
                TapHandler {
                    onTapped: requests.page.choose(row.requestId)
                }
            }
        }
        PlaceholderMessage {
            visible: list.count === 0
            anchors.centerIn: parent
            symbol: "requests"
            title: requests.page.any ? qsTr("No request answers this filter") : qsTr("No requests yet")
            text: requests.page.any ? qsTr("Filters: model: client: phase: slow:> id: batch:, or any word.") : qsTr("Send one to %1 and it appears here with the time of each phase.").arg(requests.shell.engine.endpoint)
            action: requests.page.any ? qsTr("Clear filter") : qsTr("Copy as curl")
            onActed: requests.page.any ? query.clear() : requests.shell.copy(requests.shell.engine.curl, qsTr("curl command"))
        }
    }

    Card {
        id: detail
        anchors.top: table.top
        anchors.bottom: table.bottom
        anchors.right: parent.right
        anchors.rightMargin: requests.margin
        width: requests.wide ? 344 : 290
        clip: true
        Accessible.role: Accessible.Grouping
        Accessible.name: qsTr("Why was it slow?")

        PlaceholderMessage {
            visible: requests.page.chosenId === 0
            anchors.centerIn: parent
            width: parent.width - 2 * Theme.space.xl
            symbol: "clock"
            title: qsTr("Why was it slow?")
            text: qsTr("Choose a request: its phases and the decisions it met stand here.")
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
                        height: 20
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
                Column {
                    width: parent.width
                    Repeater {
                        model: requests.page.phases
                        Item {
                            id: phaseRow
                            required property int phase
                            required property string title
                            required property string durationText
                            required property double share
                            width: column.width
                            height: 34
                            Dot {
                                id: phaseDot
                                anchors.verticalCenter: parent.verticalCenter
                                color: requests.phaseColors[phaseRow.phase]
                            }
                            Label {
                                anchors.left: phaseDot.right
                                anchors.leftMargin: Theme.space.s
                                height: parent.height
                                width: 116
                                text: phaseRow.title
                                font.weight: phaseRow.share > 0.4 ? Font.DemiBold : Font.Normal
                            }
                            SharesBar {
                                x: 136
                                width: Math.max(0, parent.width - x - 76)
                                height: 6
                                anchors.verticalCenter: parent.verticalCenter
                                shares: [phaseRow.share]
                                colors: [requests.phaseColors[phaseRow.phase]]
                                track: Theme.color.grid
                            }
                            Label {
                                anchors.right: parent.right
                                height: parent.height
                                text: phaseRow.durationText
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
                Row {
                    visible: requests.page.chosenReason.length > 0
                    width: parent.width
                    spacing: Theme.space.s
                    SvgIcon {
                        name: "error"
                        color: Theme.color.critical
                        width: 16
                        height: 16
                    }
                    Label {
                        width: parent.width - 24
                        text: requests.page.chosenReason
                        color: Theme.color.critical
                        font.pixelSize: Theme.font.small
                        wrapMode: Text.Wrap
                    }
                }
                Label {
                    visible: requests.page.chosenStory.length > 0
                    height: 28
                    text: qsTr("On its way")
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
                            width: 12
                            height: 16
                        }
                        Label {
                            width: parent.width - 20
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
                Button {
                    visible: requests.page.cancellable
                    text: qsTr("Cancel request")
                    icon.name: "cross"
                    onClicked: requests.page.cancel()
                }
            }
        }
    }
}
