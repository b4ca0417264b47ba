// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The phases of the chosen request over its time, and which of it is Millrace's own.
Item {
    id: waterfall

    required property RequestsViewModel page
    required property list<color> phaseColors
    readonly property real begin: Theme.size.phaseName
    readonly property real length: width - begin - Theme.size.phaseTime

    objectName: "waterfall"
    height: ruler.height + phaseRows.height + added.height
    Accessible.role: Accessible.Chart
    Accessible.name: qsTr("Phases of the request over time")

    Item {
        id: ruler
        x: waterfall.begin
        width: waterfall.length
        height: Theme.size.ruler
        Repeater {
            model: waterfall.page.tickTexts
            Label {
                required property string modelData
                required property int index
                readonly property real at: (waterfall.page.tickPlaces[index] ?? 0) * ruler.width
                x: Math.max(0, Math.min(ruler.width - width, at - width / 2))
                visible: index === 0 || index === waterfall.page.tickTexts.length - 1 || waterfall.page.tickTexts.length < 4
                text: modelData
                color: Theme.color.textThird
                font.pixelSize: Theme.font.tiny
            }
        }
    }
    Repeater {
        model: waterfall.page.tickPlaces
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
            model: waterfall.page.phases
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
                    color: waterfall.phaseColors[phaseRow.phase]
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
                    color: waterfall.phaseColors[phaseRow.phase]
                    opacity: phaseRow.running ? 0.7 : 1
                }
                Label {
                    anchors.right: parent.right
                    height: parent.height
                    text: phaseRow.running ? qsTr("for %1").arg(phaseRow.durationText) : phaseRow.durationText
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
        visible: waterfall.page.addedText.length > 0
        Accessible.role: Accessible.ListItem
        Accessible.name: qsTr("added by Millrace") + ": " + waterfall.page.addedText
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
            model: waterfall.page.addedBegins
            Rectangle {
                required property double modelData
                required property int index
                readonly property double end: waterfall.page.addedEnds[index] ?? modelData
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
            text: waterfall.page.addedText
            color: Theme.color.accent
            font.pixelSize: Theme.font.small
        }
    }
}
