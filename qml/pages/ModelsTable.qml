// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The models: their state, what is expected of them and why, and what can be done with each.
Panel {
    id: panel

    required property ShellViewModel shell
    required property ModelsViewModel page

    readonly property list<color> levelColors: [Theme.color.textThird, Theme.color.ok, Theme.color.models, Theme.color.critical]

    title: qsTr("Models")
    wanted: visible && panel.shell.wantedFigure === "models"
    keysTo: rows
    now: panel.page.session.time.past
    inset: Theme.space.m + 2
    implicitHeight: chrome + rows.headerHeight + Math.min(9, Math.max(1, rows.count)) * Theme.size.row
    tools: [
        Button {
            implicitHeight: Theme.size.controlSmall
            objectName: "load-model"
            text: qsTr("Load…")
            ToolTip.text: panel.page.anyLoadable ? qsTr("Load a model into memory") : qsTr("Every model that can be loaded is in memory")
            enabled: panel.page.session.writable && panel.page.anyLoadable
            onClicked: loadDialog.open()
        },
        Button {
            implicitHeight: Theme.size.controlSmall
            text: qsTr("Unload idle")
            ToolTip.text: qsTr("Unload models that are neither pinned nor in use: %1").arg(panel.page.idleCount)
            enabled: panel.page.session.writable && panel.page.idleCount > 0
            onClicked: panel.page.unloadIdle()
        }
    ]

    DataTable {
        id: rows
        anchors.fill: parent
        shell: panel.shell
        name: "models"
        title: qsTr("Models")
        model: panel.page.models
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
                id: unloadsColumn
                title: qsTr("Unload after")
                tip: qsTr("Time without use after which it is unloaded")
                role: "unloads"
                sortRole: "unloadsMs"
                alignRight: true
                initiallyShown: false
                minimum: 96
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
            required property bool preloads
            required property string ruleTag
            required property string rules
            required property string rulesFixed
            required property string unloads
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
            Accessible.name: name + ", " + stateText + ", " + qsTr("predicted next %1").arg(nextText) + ", " + why + ", " + rules
            onMenuAsked: at => {
                menu.name = name;
                menu.pinned = pinned;
                menu.canLoad = canLoad;
                menu.canUnload = canUnload;
                menu.canPin = loadable || pinned;
                menu.fixed = rulesFixed;
                preloadItem.checked = preloads;
                menu.popup(row, at.x, at.y);
            }

            Row {
                x: nameColumn.x
                width: nameColumn.width
                height: parent.height
                spacing: Theme.space.s
                Dot {
                    anchors.verticalCenter: parent.verticalCenter
                    color: panel.levelColors[row.level]
                }
                Label {
                    id: nameText
                    width: Math.min(implicitWidth, nameColumn.width - Theme.size.dot - Theme.space.s - (ruleTag.visible ? ruleTag.width + Theme.space.s : 0))
                    height: parent.height
                    text: row.name
                    elide: Text.ElideMiddle
                    font.pixelSize: Theme.font.small
                    font.weight: Font.DemiBold
                }
                Tag {
                    id: ruleTag
                    objectName: "rules"
                    visible: row.ruleTag.length > 0
                    anchors.verticalCenter: parent.verticalCenter
                    text: row.ruleTag
                    // A long name leaves it less than half of the column, and is cut itself.
                    widthMax: Math.max(nameColumn.width * 0.42, nameColumn.width - nameText.implicitWidth - Theme.size.dot - 2 * Theme.space.s) - 2 * Theme.space.s
                    HoverHandler {
                        id: ruleHover
                    }
                    ToolTip.text: row.rules
                    ToolTip.visible: ruleHover.hovered
                    ToolTip.delay: Theme.duration.tooltip
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
            DataTableCell {
                column: unloadsColumn
                text: row.unloads
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
            property string fixed   // why its rules cannot be changed; empty: they can
            MenuItem {
                text: qsTr("Load")
                icon.name: "download"
                enabled: panel.page.session.writable && menu.canLoad
                onTriggered: panel.page.load(menu.name)
            }
            MenuItem {
                text: qsTr("Unload")
                icon.name: "eject"
                enabled: panel.page.session.writable && menu.canUnload
                onTriggered: panel.page.unload(menu.name)
            }
            MenuItem {
                text: menu.pinned ? qsTr("Unpin") : qsTr("Pin: keep in memory")
                icon.name: "pin"
                enabled: panel.page.session.writable && menu.canPin
                onTriggered: panel.page.pin(menu.name, !menu.pinned)
            }
            MenuItem {
                objectName: "idle-ttl-item"
                text: qsTr("Unload when unused for…")
                icon.name: "clock"
                enabled: panel.page.session.writable && menu.fixed.length === 0
                onTriggered: panel.page.editIdleTtl(menu.name)
            }
            MenuItem {
                id: preloadItem
                objectName: "preload-item"
                text: qsTr("Preload this model")
                checkable: true
                enabled: panel.page.session.writable && menu.fixed.length === 0
                onTriggered: panel.page.setPreload(menu.name, checked)
            }
            MenuItem {
                objectName: "rules-fixed"
                visible: menu.fixed.length > 0
                height: visible ? implicitHeight : 0
                text: menu.fixed
                icon.name: "info"
                enabled: false
            }
            MenuItem {
                text: qsTr("Copy name")
                icon.name: "copy"
                onTriggered: panel.shell.copy(menu.name, qsTr("name of the model"))
            }
        }
    }

    IdleTtlDialog {
        editor: panel.page.idleTtl
    }
    LoadModelDialog {
        id: loadDialog
        page: panel.page
    }
}
