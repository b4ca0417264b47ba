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

    RequestsTable {
        id: table
        x: requests.margin
        anchors.top: bar.bottom
        anchors.topMargin: Theme.space.m
        anchors.bottom: parent.bottom
        anchors.bottomMargin: requests.margin
        width: (detail.visible ? detail.x - Theme.space.m : parent.width - requests.margin) - x
        shell: requests.shell
        page: requests.page
        phaseColors: requests.phaseColors
        onFilterRequested: text => query.text = text
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
