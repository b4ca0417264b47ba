// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// What is in memory, and what is predicted to be needed next.
ScrollView {
    id: models

    required property ShellViewModel shell
    required property ModelsViewModel page

    readonly property bool wide: width > Theme.size.wide
    readonly property int gap: Theme.space.m + 2
    // In the order of LoadTimeline.Kind.
    readonly property list<color> kindColors: [Theme.color.textThird, Theme.color.models, Theme.color.batches, Theme.color.accent, Theme.color.ok, Theme.color.critical]

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, (models.page.any ? figures.implicitHeight + table.implicitHeight + Theme.size.figureLarge + 2 * gap : Theme.size.pageEmpty) + 2 * Theme.space.xl)

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space.xl
        spacing: models.gap
        visible: models.page.any

        KpiRow {
            id: figures
            shell: models.shell
            kpis: models.page.kpis
            active: models.page.active
            Layout.fillWidth: true
        }

        ModelsTable {
            id: table
            shell: models.shell
            page: models.page
            Layout.fillWidth: true
            Layout.preferredHeight: implicitHeight
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.figureLarge
            spacing: models.gap
            Panel {
                title: qsTr("Loads")
                highlighted: visible && models.shell.highlightedFigure === "loads"
                keysTo: timeline
                inset: Theme.space.m + 2
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 70
                legend: [
                    Legend {
                        square: true
                        color: models.kindColors[1]
                        text: qsTr("preload")
                    },
                    Legend {
                        square: true
                        color: models.kindColors[2]
                        text: qsTr("on demand")
                    },
                    Legend {
                        square: true
                        color: models.kindColors[3]
                        text: qsTr("manual")
                    },
                    Legend {
                        square: true
                        color: Theme.faint(models.kindColors[4], 0.4)
                        text: qsTr("in memory")
                    },
                    Legend {
                        square: true
                        color: models.kindColors[5]
                        text: qsTr("failed")
                    }
                ]
                LoadTimeline {
                    id: timeline
                    anchors.fill: parent
                    visible: names.length > 0
                    activeFocusOnTab: true
                    names: models.page.laneNames
                    lanes: models.page.spanLanes
                    begins: models.page.spanBegins
                    ends: models.page.spanEnds
                    kinds: models.page.spanKinds
                    knownFrom: models.page.knownFrom
                    unknownText: qsTr("earlier loads are not kept")
                    hints: models.page.spanHints
                    tickPlaces: models.page.tickPlaces
                    tickTexts: models.page.tickTexts
                    colors: models.kindColors
                    gridColor: Theme.color.grid
                    textColor: Theme.color.textSecond
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Loads over time")
                    Accessible.description: current >= 0 ? currentHint : models.page.timelineSummary
                    FigureHint {
                        figure: timeline
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !timeline.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("no model was in memory in this window")
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
            Panel {
                title: qsTr("Next-model probabilities")
                highlighted: visible && models.shell.highlightedFigure === "predictions"
                keysTo: matrix
                now: models.page.session.time.past
                subtitle: models.page.predictionText
                inset: Theme.space.m + 2
                Layout.fillWidth: true
                Layout.fillHeight: true
                Layout.preferredWidth: 46
                MatrixView {
                    id: matrix
                    anchors.fill: parent
                    visible: names.length > 0
                    activeFocusOnTab: true
                    names: models.page.matrixNames
                    shares: models.page.matrixShares
                    hints: models.page.matrixHints
                    color: Theme.color.models
                    strongText: Theme.dark ? Theme.color.window : Theme.color.text
                    gridColor: Theme.color.grid
                    textColor: Theme.color.text
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    Accessible.role: Accessible.Chart
                    Accessible.name: qsTr("Next-model probabilities")
                    Accessible.description: currentHint
                    FigureHint {
                        figure: matrix
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !matrix.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("not enough data yet: requests for two models, one after the other, are needed")
                    wrapMode: Text.Wrap
                    elide: Text.ElideNone
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
            }
        }
    }

    PlaceholderMessage {
        visible: !models.page.any
        anchors.centerIn: parent
        iconName: "models"
        title: models.page.session.hasData ? qsTr("No models found") : qsTr("Waiting for the engine")
        text: models.page.session.hasData ? qsTr("Models come from the backends. Add a backend in the settings, or start the embedded runtime.") : qsTr("Its models appear here as soon as it responds.")
        action: models.page.session.hasData ? qsTr("Open settings") : ""
        onActionTriggered: models.shell.openPage("settings/backends[].address")
    }
    IdleTtlDialog {
        editor: models.page.idleTtl
    }
}
