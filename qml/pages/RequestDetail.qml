// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Of the chosen request: its phases as a waterfall, what was decided on its way, and what can be done about it.
Card {
    id: detail

    required property ShellViewModel shell
    required property RequestsViewModel page
    required property list<color> phaseColors
    required property list<string> phaseNames
    property bool legendWanted: false   // while nothing is chosen

    clip: true
    Accessible.role: Accessible.Grouping
    Accessible.name: qsTr("Why was it slow?")

    PlaceholderMessage {
        id: invitation
        visible: detail.page.chosenId === 0
        anchors.centerIn: parent
        width: parent.width - 2 * Theme.space.xl
        iconName: "clock"
        title: qsTr("Why was it slow?")
        text: qsTr("Select a request to see its phases and decisions.")
    }
    // Of the bars in the table, where the line above has no place for it.
    Grid {
        objectName: "phases-aside"
        visible: detail.page.chosenId === 0 && detail.legendWanted
        anchors.top: invitation.bottom
        anchors.topMargin: Theme.space.l
        anchors.horizontalCenter: parent.horizontalCenter
        columns: 2
        columnSpacing: Theme.space.xl
        rowSpacing: Theme.space.xs
        Repeater {
            model: detail.phaseNames
            Legend {
                required property string modelData
                required property int index
                color: detail.phaseColors[index]
                text: modelData
            }
        }
    }
    Button {
        id: closer
        z: 1
        visible: detail.page.chosenId !== 0
        anchors.right: parent.right
        anchors.top: parent.top
        anchors.margins: Theme.space.s
        icon.name: "cross"
        flat: true
        objectName: "close-detail"
        ToolTip.text: qsTr("Close")
        onClicked: detail.page.choose(0)
    }
    Flickable {
        visible: detail.page.chosenId !== 0
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
                    id: question
                    height: Theme.space.xl
                    text: qsTr("Why was it slow?")
                    font.weight: Font.DemiBold
                }
                Tag {
                    objectName: "model-tag"
                    widthMax: column.width - question.width - closer.width - 4 * Theme.space.s
                    text: detail.page.chosenModel
                }
            }
            Label {
                width: parent.width
                text: detail.page.chosenText
                color: Theme.color.textSecond
                font.pixelSize: Theme.font.small
                wrapMode: Text.Wrap
                lineHeight: 1.25
            }
            RequestWaterfall {
                page: detail.page
                phaseColors: detail.phaseColors
                width: parent.width
            }
            Label {
                visible: helpRow.visible
                height: Theme.size.heading
                text: qsTr("What would help")
                font.weight: Font.DemiBold
            }
            Flow {
                id: helpRow
                visible: detail.page.pinOffered || detail.page.causeTexts.length > 0
                width: parent.width
                spacing: Theme.space.s
                Button {
                    objectName: "pin-model"
                    visible: detail.page.pinOffered
                    text: qsTr("Pin %1").arg(detail.page.chosenModel)
                    icon.name: "pin"
                    ToolTip.text: qsTr("Keep the model in memory, so that no request waits for it")
                    onClicked: detail.page.pinChosen()
                }
                Repeater {
                    model: detail.page.causeTexts
                    Button {
                        required property string modelData
                        required property int index
                        objectName: "cause-" + index
                        text: modelData
                        icon.name: "settings"
                        onClicked: detail.shell.openPage(detail.page.causePages[index])
                    }
                }
            }
            Row {
                visible: detail.page.chosenReason.length > 0
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
                    text: detail.page.chosenReason
                    color: Theme.color.critical
                    font.pixelSize: Theme.font.small
                    wrapMode: Text.Wrap
                }
            }
            Label {
                visible: detail.page.chosenDecisions.length > 0
                height: Theme.size.heading
                text: qsTr("Decisions")
                font.weight: Font.DemiBold
            }
            Repeater {
                model: detail.page.chosenDecisions
                Row {
                    id: decision
                    required property string modelData
                    width: column.width
                    spacing: Theme.space.s
                    Item {
                        width: Theme.size.iconTiny
                        height: Theme.size.iconMedium
                        Rectangle {
                            anchors.centerIn: parent
                            width: Theme.size.mark
                            height: width
                            radius: width / 2
                            color: Theme.color.textThird
                        }
                    }
                    Label {
                        width: parent.width - Theme.size.iconTiny - Theme.space.s
                        text: decision.modelData
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
                    visible: detail.page.cancellable
                    text: qsTr("Cancel request")
                    icon.name: "cross"
                    onClicked: detail.page.cancel()
                }
                Button {
                    objectName: "copy-curl"
                    visible: detail.page.chosenCurl.length > 0
                    text: qsTr("Copy as curl")
                    icon.name: "copy"
                    onClicked: detail.shell.copy(detail.page.chosenCurl, qsTr("curl command"))
                }
            }
        }
    }
}
