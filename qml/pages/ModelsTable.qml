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

    title: qsTr("Models")
    highlighted: visible && panel.shell.highlightedFigure === "models"
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
                claim: 2
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
            NumberColumn {
                id: memoryColumn
                title: qsTr("Memory")
                role: "memory"
                sortRole: "bytes"
                minimum: 62
            },
            NumberColumn {
                id: loadColumn
                title: qsTr("Load time")
                tip: qsTr("Mean load time")
                role: "load"
                sortRole: "loadMs"
                minimum: 58
            },
            NumberColumn {
                id: usedColumn
                title: qsTr("Last used")
                role: "used"
                sortRole: "usedMs"
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
                claim: 1
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
            onMenuRequested: at => {
                menu.name = name;
                menu.pinned = pinned;
                menu.canLoad = canLoad;
                menu.canUnload = canUnload;
                menu.canPin = loadable || pinned;
                menu.preloads = preloads;
                menu.fixed = rulesFixed;
                menu.popup(row, at.x, at.y);
            }

            DataTableNameCell {
                column: nameColumn
                text: row.name
                dotColor: Tones.model(row.level)
                tag: row.ruleTag
                tagTip: row.rules
                tagName: "rules"
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
            DataTableTrendCell {
                column: trendColumn
                values: row.trend
                color: Theme.color.models
            }
            DataTableSharesCell {
                column: nextColumn
                width: nextColumn.width - Theme.size.percent - Theme.space.s
                shares: [row.next]
                colors: [Theme.color.models]
            }
            DataTableCell {
                column: nextColumn
                horizontalAlignment: Text.AlignRight
                text: row.nextText
            }
            DataTableCell {
                column: whyColumn
                text: row.why
                color: row.whyBad ? Theme.color.critical : Theme.color.textSecond
            }
        }
        ModelMenu {
            id: menu
            shell: panel.shell
            page: panel.page
        }
    }

    LoadModelDialog {
        id: loadDialog
        page: panel.page
    }
}
