// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// What is in memory, and what will be asked for next.
ScrollView {
    id: models

    required property ShellViewModel shell
    required property ModelsViewModel page

    readonly property bool wide: width > 1100
    readonly property int gap: Theme.space.m + 2
    readonly property list<color> levelColors: [Theme.color.textThird, Theme.color.ok, Theme.color.models, Theme.color.critical]
    // In the order of LoadTimeline.Kind.
    readonly property list<color> kindColors: [Theme.color.textThird, Theme.color.models, Theme.color.batches, Theme.color.accent, Theme.color.ok, Theme.color.critical]

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, (models.page.any ? 138 + table.Layout.preferredHeight + 290 + 2 * gap : 480) + 2 * Theme.space.xl)

    ColumnLayout {
        anchors.fill: parent
        anchors.margins: Theme.space.xl
        spacing: models.gap
        visible: models.page.any

        KpiRow {
            session: models.page.session
            kpis: models.page.kpis
            active: models.page.active
            Layout.fillWidth: true
            Layout.preferredHeight: 138
        }

        Panel {
            id: table
            title: qsTr("Models")
            now: models.page.session.time.past
            inset: Theme.space.m + 2
            Layout.fillWidth: true
            Layout.preferredHeight: 34 + 28 + Theme.space.m + Math.min(9, Math.max(1, rows.count)) * Theme.size.row
            tools: [
                Button {
                    id: loadButton
                    height: 26
                    text: qsTr("Load…")
                    ToolTip.text: models.page.coldNames.length > 0 ? qsTr("Bring a model into memory") : qsTr("Every model that can be loaded is in memory")
                    enabled: models.page.session.writable && models.page.coldNames.length > 0
                    onClicked: loadMenu.popup(loadButton, loadButton.width - loadMenu.width, loadButton.height + Theme.space.xs)
                    Menu {
                        id: loadMenu
                        Repeater {
                            model: models.page.coldNames
                            MenuItem {
                                required property string modelData
                                text: modelData
                                icon.name: "models"
                                onTriggered: models.page.load(modelData)
                            }
                        }
                    }
                },
                Button {
                    height: 26
                    text: qsTr("Unload idle")
                    ToolTip.text: qsTr("Unload what is neither pinned nor in use: %1").arg(models.page.idleCount)
                    enabled: models.page.session.writable && models.page.idleCount > 0
                    onClicked: models.page.unloadIdle()
                }
            ]

            readonly property int space: Theme.space.m
            readonly property int nameWidth: models.wide ? 190 : 150
            readonly property int stateWidth: models.wide ? 130 : 110
            readonly property int memoryWidth: 66
            readonly property int loadWidth: 56
            readonly property int usedWidth: 84
            readonly property int nextWidth: models.wide ? 120 : 60
            readonly property int shareWidth: 44
            readonly property int menuWidth: 32
            readonly property int whyWidth: Math.max(60, rows.width - nameWidth - stateWidth - memoryWidth - loadWidth - usedWidth - nextWidth - shareWidth - menuWidth - space * 8)

            Row {
                id: head
                spacing: table.space
                HeaderCell {
                    width: table.nameWidth
                    text: qsTr("Model")
                }
                HeaderCell {
                    width: table.stateWidth
                    text: qsTr("State")
                }
                HeaderCell {
                    width: table.memoryWidth
                    text: qsTr("Memory")
                    alignRight: true
                }
                HeaderCell {
                    width: table.loadWidth
                    text: qsTr("Load")
                    alignRight: true
                }
                HeaderCell {
                    width: table.usedWidth
                    text: qsTr("Last used")
                    alignRight: true
                }
                HeaderCell {
                    width: table.nextWidth + table.space + table.shareWidth
                    text: qsTr("Needed next")
                }
                HeaderCell {
                    width: table.whyWidth
                    text: qsTr("Why")
                }
            }
            Rectangle {
                anchors.top: head.bottom
                width: parent.width
                height: Theme.space.hair
                color: Theme.color.line
            }
            ListView {
                id: rows
                objectName: "models"
                anchors.fill: parent
                anchors.topMargin: head.height + 1
                clip: true
                interactive: contentHeight > height
                boundsBehavior: Flickable.StopAtBounds
                model: models.page.models
                activeFocusOnTab: true
                Accessible.role: Accessible.Table
                Accessible.name: qsTr("Models")
                ScrollBar.vertical: ScrollBar {}

                delegate: Item {
                    id: row
                    required property string name
                    required property string backend
                    required property string kind
                    required property string stateText
                    required property int level
                    required property bool pinned
                    required property bool loadable
                    required property bool canLoad
                    required property bool canUnload
                    required property string memory
                    required property string load
                    required property string used
                    required property double next
                    required property string nextText
                    required property string why
                    required property bool whyBad

                    width: rows.width
                    height: Theme.size.row
                    Accessible.role: Accessible.Row
                    Accessible.name: name + ", " + stateText + ", " + qsTr("needed next %1").arg(nextText) + ", " + why

                    Rectangle {
                        anchors.fill: parent
                        radius: Theme.space.xs
                        color: hover.hovered ? Theme.faint(Theme.color.raised, 0.6) : "transparent"
                    }
                    HoverHandler {
                        id: hover
                    }
                    Row {
                        height: parent.height
                        spacing: table.space
                        Row {
                            width: table.nameWidth
                            height: parent.height
                            spacing: Theme.space.s
                            Dot {
                                anchors.verticalCenter: parent.verticalCenter
                                color: models.levelColors[row.level]
                            }
                            TableCell {
                                width: Math.min(implicitWidth, table.nameWidth - Theme.size.dot - Theme.space.s - (row.pinned ? pinTag.width + Theme.space.s : 0))
                                text: row.name
                                font.weight: Font.DemiBold
                            }
                            Tag {
                                id: pinTag
                                visible: row.pinned
                                anchors.verticalCenter: parent.verticalCenter
                                text: qsTr("pinned")
                            }
                        }
                        TableCell {
                            width: table.stateWidth
                            text: row.stateText
                            color: row.level === ModelList.Failed ? Theme.color.critical : row.level === ModelList.Cold ? Theme.color.textSecond : Theme.color.text
                        }
                        TableCell {
                            width: table.memoryWidth
                            text: row.memory
                            alignRight: true
                        }
                        TableCell {
                            width: table.loadWidth
                            text: row.load
                            alignRight: true
                        }
                        TableCell {
                            width: table.usedWidth
                            text: row.used
                            alignRight: true
                        }
                        SharesBar {
                            width: table.nextWidth
                            height: 6
                            anchors.verticalCenter: parent.verticalCenter
                            shares: [row.next]
                            colors: [Theme.color.models]
                            track: Theme.color.grid
                        }
                        TableCell {
                            width: table.shareWidth
                            text: row.nextText
                            alignRight: true
                        }
                        TableCell {
                            width: table.whyWidth
                            text: row.why
                            color: row.whyBad ? Theme.color.critical : Theme.color.textSecond
                        }
                        Button {
                            id: more
                            width: table.menuWidth
                            height: 24
                            anchors.verticalCenter: parent.verticalCenter
                            icon.name: "more"
                            flat: true
                            ToolTip.text: qsTr("Actions for %1").arg(row.name)
                            onClicked: menu.popup(more, more.width - menu.width, more.height)
                            Menu {
                                id: menu
                                MenuItem {
                                    text: qsTr("Load")
                                    icon.name: "download"
                                    enabled: models.page.session.writable && row.canLoad
                                    onTriggered: models.page.load(row.name)
                                }
                                MenuItem {
                                    text: qsTr("Unload")
                                    icon.name: "trash"
                                    enabled: models.page.session.writable && row.canUnload
                                    onTriggered: models.page.unload(row.name)
                                }
                                MenuItem {
                                    text: row.pinned ? qsTr("Unpin") : qsTr("Pin: keep in memory")
                                    icon.name: "pin"
                                    enabled: models.page.session.writable && (row.loadable || row.pinned)
                                    onTriggered: models.page.pin(row.name, !row.pinned)
                                }
                                MenuItem {
                                    text: qsTr("Copy name")
                                    icon.name: "copy"
                                    onTriggered: models.shell.copy(row.name, qsTr("name of the model"))
                                }
                            }
                        }
                    }
                    Rectangle {
                        width: parent.width
                        anchors.bottom: parent.bottom
                        height: Theme.space.hair
                        color: Theme.color.grid
                    }
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: 290
            spacing: models.gap
            Panel {
                title: qsTr("Loads")
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
                        text: qsTr("by hand")
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
                title: qsTr("What follows what")
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
                    Accessible.name: qsTr("What follows what")
                    Accessible.description: currentHint
                    FigureHint {
                        figure: matrix
                    }
                }
                Label {
                    anchors.fill: parent
                    visible: !matrix.visible
                    horizontalAlignment: Text.AlignHCenter
                    text: qsTr("not enough seen yet: it takes requests for two models, one after the other")
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
        symbol: "models"
        title: models.page.session.hasData ? qsTr("No model was found") : qsTr("Waiting for the engine")
        text: models.page.session.hasData ? qsTr("Models come from the backends. Add a backend in the settings, or start the embedded runtime.") : qsTr("As soon as it answers, its models stand here.")
        action: models.page.session.hasData ? qsTr("Open settings") : ""
        onActed: models.shell.openPage("settings")
    }
}
