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
        symbol: "clock"
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
        z: 1
        visible: detail.page.chosenId !== 0
        anchors.right: parent.right
        anchors.top: parent.top
        anchors.margins: Theme.space.s
        icon.name: "cross"
        flat: true
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
                    height: Theme.space.xl
                    text: qsTr("Why was it slow?")
                    font.weight: Font.DemiBold
                }
                Tag {
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
            Item {
                id: waterfall
                objectName: "waterfall"
                readonly property real begin: Theme.size.phaseName
                readonly property real length: width - begin - Theme.size.phaseTime
                width: parent.width
                height: ruler.height + phaseRows.height + added.height
                Accessible.role: Accessible.Chart
                Accessible.name: qsTr("Phases of the request over time")

                Item {
                    id: ruler
                    x: waterfall.begin
                    width: waterfall.length
                    height: Theme.size.ruler
                    Repeater {
                        model: detail.page.tickTexts
                        Label {
                            required property string modelData
                            required property int index
                            readonly property real at: (detail.page.tickPlaces[index] ?? 0) * ruler.width
                            x: Math.max(0, Math.min(ruler.width - width, at - width / 2))
                            visible: index === 0 || index === detail.page.tickTexts.length - 1 || detail.page.tickTexts.length < 4
                            text: modelData
                            color: Theme.color.textThird
                            font.pixelSize: Theme.font.tiny
                        }
                    }
                }
                Repeater {
                    model: detail.page.tickPlaces
                    Rectangle {
                        required property double modelData
                        x: waterfall.begin + Math.round(modelData * (waterfall.length - width))
                        y: ruler.height
                        width: Theme.space.hair
                        height: phaseRows.height + added.height
                        color: Theme.color.grid
                    }
                }
                Column {
                    id: phaseRows
                    y: ruler.height
                    width: parent.width
                    Repeater {
                        model: detail.page.phases
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
                                color: detail.phaseColors[phaseRow.phase]
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
                                color: detail.phaseColors[phaseRow.phase]
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
                // Which of it is Millrace's own, apart from the phases, whose parts it is.
                Item {
                    id: added
                    objectName: "added"
                    y: ruler.height + phaseRows.height
                    width: waterfall.width
                    height: visible ? Theme.size.control : 0
                    visible: detail.page.addedText.length > 0
                    Accessible.role: Accessible.ListItem
                    Accessible.name: qsTr("added by Millrace") + ": " + detail.page.addedText
                    Rectangle {
                        width: parent.width
                        height: Theme.space.hair
                        color: Theme.color.line
                    }
                    Label {
                        x: Theme.size.dot + Theme.space.s
                        height: parent.height
                        width: waterfall.begin - Theme.size.dot - 2 * Theme.space.s
                        text: qsTr("added by Millrace")
                        color: Theme.color.accent
                    }
                    Repeater {
                        model: detail.page.addedBegins
                        Rectangle {
                            required property double modelData
                            required property int index
                            readonly property double end: detail.page.addedEnds[index] ?? modelData
                            objectName: "added-bar"
                            x: waterfall.begin + modelData * waterfall.length
                            width: Math.max(Theme.size.focus, (end - modelData) * waterfall.length)
                            height: Theme.size.bar
                            anchors.verticalCenter: parent?.verticalCenter
                            radius: Theme.size.focus
                            color: Theme.faint(Theme.color.accent, 0.25)
                            border.color: Theme.color.accent
                            border.width: Theme.space.hair
                        }
                    }
                    Label {
                        anchors.right: parent.right
                        height: parent.height
                        text: detail.page.addedText
                        color: Theme.color.accent
                        font.pixelSize: Theme.font.small
                    }
                }
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
