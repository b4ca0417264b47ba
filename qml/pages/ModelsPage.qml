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

    readonly property bool wide: width > Theme.size.wide
    readonly property int gap: Theme.space.m + 2
    readonly property list<color> levelColors: [Theme.color.textThird, Theme.color.ok, Theme.color.models, Theme.color.critical]
    // In the order of LoadTimeline.Kind.
    readonly property list<color> kindColors: [Theme.color.textThird, Theme.color.models, Theme.color.batches, Theme.color.accent, Theme.color.ok, Theme.color.critical]

    contentWidth: availableWidth
    contentHeight: Math.max(availableHeight, (models.page.any ? figures.implicitHeight + table.Layout.preferredHeight + Theme.size.figureLarge + 2 * gap : Theme.size.pageEmpty) + 2 * Theme.space.xl)

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

        Panel {
            id: table
            title: qsTr("Models")
            wanted: visible && models.shell.wantedFigure === "models"
            keysTo: rows
            now: models.page.session.time.past
            inset: Theme.space.m + 2
            Layout.fillWidth: true
            Layout.preferredHeight: chrome + rows.headerHeight + Math.min(9, Math.max(1, rows.count)) * Theme.size.row
            tools: [
                Button {
                    implicitHeight: Theme.size.controlSmall
                    objectName: "load-model"
                    text: qsTr("Load…")
                    ToolTip.text: models.page.anyLoadable ? qsTr("Load a model into memory") : qsTr("Every model that can be loaded is in memory")
                    enabled: models.page.session.writable && models.page.anyLoadable
                    onClicked: loadDialog.open()
                },
                Button {
                    implicitHeight: Theme.size.controlSmall
                    text: qsTr("Unload idle")
                    ToolTip.text: qsTr("Unload models that are neither pinned nor in use: %1").arg(models.page.idleCount)
                    enabled: models.page.session.writable && models.page.idleCount > 0
                    onClicked: models.page.unloadIdle()
                }
            ]

            DataTable {
                id: rows
                anchors.fill: parent
                shell: models.shell
                name: "models"
                title: qsTr("Models")
                model: models.page.models
                columns: [
                    TableColumn {
                        id: nameColumn
                        title: qsTr("Model")
                        role: "name"
                        hideable: false
                        minimum: 140
                        weight: 2
                    },
                    TableColumn {
                        id: backendColumn
                        title: qsTr("Backend")
                        role: "backend"
                        initiallyShown: false
                        minimum: 90
                    },
                    TableColumn {
                        id: kindColumn
                        title: qsTr("Kind")
                        role: "kind"
                        initiallyShown: false
                        minimum: 90
                    },
                    TableColumn {
                        id: stateColumn
                        title: qsTr("State")
                        role: "stateText"
                        minimum: 104
                    },
                    TableColumn {
                        id: memoryColumn
                        title: qsTr("Memory")
                        role: "memory"
                        sortRole: "bytes"
                        descendingFirst: true
                        alignRight: true
                        minimum: 62
                    },
                    TableColumn {
                        id: loadColumn
                        title: qsTr("Load time")
                        tip: qsTr("Mean load time")
                        role: "load"
                        sortRole: "loadMs"
                        descendingFirst: true
                        alignRight: true
                        minimum: 58
                    },
                    TableColumn {
                        id: usedColumn
                        title: qsTr("Last used")
                        role: "used"
                        sortRole: "usedMs"
                        descendingFirst: true
                        alignRight: true
                        minimum: 76
                    },
                    TableColumn {
                        id: trendColumn
                        title: qsTr("Requests")
                        tip: qsTr("Requests per second, last minute")
                        role: "trend"
                        sortable: false
                        minimum: 56
                    },
                    TableColumn {
                        id: nextColumn
                        title: qsTr("Predicted next")
                        tip: qsTr("How likely the next request is for this model")
                        role: "nextText"
                        sortRole: "nextPercent"
                        descendingFirst: true
                        minimum: 104
                        weight: 1
                    },
                    TableColumn {
                        id: whyColumn
                        title: qsTr("Why")
                        role: "why"
                        sortable: false
                        minimum: 80
                        weight: 4
                    }
                ]
                delegate: DataTableRow {
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
                    required property list<double> trend
                    required property string nextText
                    required property string why
                    required property bool whyBad

                    table: rows
                    Accessible.name: name + ", " + stateText + ", " + qsTr("predicted next %1").arg(nextText) + ", " + why
                    onMenuAsked: at => {
                        menu.name = name;
                        menu.pinned = pinned;
                        menu.canLoad = canLoad;
                        menu.canUnload = canUnload;
                        menu.canPin = loadable || pinned;
                        menu.popup(row, at.x, at.y);
                    }

                    Row {
                        x: nameColumn.x
                        width: nameColumn.width
                        height: parent.height
                        spacing: Theme.space.s
                        Dot {
                            anchors.verticalCenter: parent.verticalCenter
                            color: models.levelColors[row.level]
                        }
                        Label {
                            width: Math.min(implicitWidth, nameColumn.width - Theme.size.dot - Theme.space.s - (row.pinned ? pinTag.width + Theme.space.s : 0))
                            height: parent.height
                            text: row.name
                            elide: Text.ElideMiddle
                            font.pixelSize: Theme.font.small
                            font.weight: Font.DemiBold
                        }
                        Tag {
                            id: pinTag
                            visible: row.pinned
                            anchors.verticalCenter: parent.verticalCenter
                            text: qsTr("pinned")
                        }
                    }
                    DataTableCell {
                        column: backendColumn
                        text: row.backend
                        elide: Text.ElideMiddle
                        color: Theme.color.textSecond
                    }
                    DataTableCell {
                        column: kindColumn
                        text: row.kind
                        color: Theme.color.textSecond
                    }
                    DataTableCell {
                        column: stateColumn
                        text: row.stateText
                        color: row.level === ModelList.Failed ? Theme.color.critical : row.level === ModelList.Cold ? Theme.color.textSecond : Theme.color.text
                    }
                    DataTableCell {
                        column: memoryColumn
                        text: row.memory
                    }
                    DataTableCell {
                        column: loadColumn
                        text: row.load
                    }
                    DataTableCell {
                        column: usedColumn
                        text: row.used
                    }
                    TrendLine {
                        x: trendColumn.x
                        width: trendColumn.width
                        visible: trendColumn.shown
                        height: Theme.size.trend
                        anchors.verticalCenter: parent.verticalCenter
                        values: row.trend
                        color: Theme.color.models
                    }
                    SharesBar {
                        x: nextColumn.x
                        width: nextColumn.width - nextText.width - Theme.space.s
                        visible: nextColumn.shown
                        height: Theme.size.bar - 2
                        anchors.verticalCenter: parent.verticalCenter
                        shares: [row.next]
                        colors: [Theme.color.models]
                        track: Theme.color.grid
                    }
                    Label {
                        id: nextText
                        x: nextColumn.x + nextColumn.width - width
                        width: Theme.size.percent
                        height: parent.height
                        visible: nextColumn.shown
                        horizontalAlignment: Text.AlignRight
                        text: row.nextText
                        font.pixelSize: Theme.font.small
                    }
                    DataTableCell {
                        column: whyColumn
                        text: row.why
                        color: row.whyBad ? Theme.color.critical : Theme.color.textSecond
                    }
                }
                Menu {
                    id: menu
                    property string name
                    property bool pinned
                    property bool canLoad
                    property bool canUnload
                    property bool canPin
                    MenuItem {
                        text: qsTr("Load")
                        icon.name: "download"
                        enabled: models.page.session.writable && menu.canLoad
                        onTriggered: models.page.load(menu.name)
                    }
                    MenuItem {
                        text: qsTr("Unload")
                        icon.name: "eject"
                        enabled: models.page.session.writable && menu.canUnload
                        onTriggered: models.page.unload(menu.name)
                    }
                    MenuItem {
                        text: menu.pinned ? qsTr("Unpin") : qsTr("Pin: keep in memory")
                        icon.name: "pin"
                        enabled: models.page.session.writable && menu.canPin
                        onTriggered: models.page.pin(menu.name, !menu.pinned)
                    }
                    MenuItem {
                        text: qsTr("Copy name")
                        icon.name: "copy"
                        onTriggered: models.shell.copy(menu.name, qsTr("name of the model"))
                    }
                }
            }
        }

        RowLayout {
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.preferredHeight: Theme.size.figureLarge
            spacing: models.gap
            Panel {
                title: qsTr("Loads")
                wanted: visible && models.shell.wantedFigure === "loads"
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
                wanted: visible && models.shell.wantedFigure === "predictions"
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
        symbol: "models"
        title: models.page.session.hasData ? qsTr("No models found") : qsTr("Waiting for the engine")
        text: models.page.session.hasData ? qsTr("Models come from the backends. Add a backend in the settings, or start the embedded runtime.") : qsTr("Its models appear here as soon as it responds.")
        action: models.page.session.hasData ? qsTr("Open settings") : ""
        onActed: models.shell.openPage("settings/backends[].address")
    }

    Dialog {
        id: loadDialog
        title: qsTr("Load a model")
        onAboutToShow: {
            models.page.loadable.query = "";
            words.text = "";
            choices.currentIndex = 0;
        }
        onOpened: words.forceActiveFocus()
        onAccepted: models.page.load(models.page.loadable.nameAt(choices.currentIndex))

        contentItem: Column { // qmllint disable deferred-property-id
            spacing: Theme.space.s
            TextField {
                id: words
                objectName: "load-search"
                width: parent.width
                iconName: "search"
                placeholderText: qsTr("Search by name or backend")
                onTextChanged: {
                    models.page.loadable.query = text;
                    choices.currentIndex = 0;
                }
                Keys.onDownPressed: choices.incrementCurrentIndex()
                Keys.onUpPressed: choices.decrementCurrentIndex()
                Keys.onReturnPressed: loadDialog.accept()
                Keys.onEnterPressed: loadDialog.accept()
            }
            ListView {
                id: choices
                objectName: "load-choices"
                width: parent.width
                height: Theme.size.listHeight
                clip: true
                boundsBehavior: Flickable.StopAtBounds
                model: models.page.loadable
                Accessible.role: Accessible.List
                Accessible.name: qsTr("Models that can be loaded")
                ScrollBar.vertical: ScrollBar {}
                delegate: ItemDelegate {
                    required property int index
                    required property string name
                    required property string memory
                    width: choices.width - Theme.space.m
                    text: name
                    icon.name: "models"
                    highlighted: ListView.isCurrentItem
                    Accessible.description: memory
                    onClicked: choices.currentIndex = index
                    onDoubleClicked: loadDialog.accept()
                }
                Label {
                    anchors.centerIn: parent
                    visible: choices.count === 0
                    text: qsTr("No results")
                    color: Theme.color.textThird
                }
            }
        }
        footer: DialogButtonBox {
            Button {
                text: qsTr("Cancel")
                onClicked: loadDialog.reject()
            }
            Button {
                objectName: "load-accept"
                text: qsTr("Load")
                highlighted: true
                enabled: choices.count > 0 && choices.currentIndex >= 0
                onClicked: loadDialog.accept()
            }
        }
    }
}
