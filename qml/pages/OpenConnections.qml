// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Each open connection: a square, or a row of a table.
Panel {
    id: panel

    required property ShellViewModel shell
    required property ConnectionsViewModel page

    property bool asTable: false
    property bool tableMade: false   // when it is first wanted
    readonly property list<color> stateColors: [Theme.color.connections, Theme.color.textThird, Theme.color.warning, Theme.color.batches]

    title: qsTr("Each connection")
    now: panel.page.session.time.past
    subtitle: panel.asTable ? "" : qsTr("one square each: colour = state, opacity = age")
    onAsTableChanged: {
        panel.tableMade = true;
        panel.page.listing = panel.asTable;
    }
    Keys.onPressed: event => {
        event.accepted = event.key === Qt.Key_T && event.modifiers === Qt.NoModifier;
        if (event.accepted)
            panel.asTable = !panel.asTable;
    }
    tools: [
        Button {
            id: eachTable
            objectName: "connections-as-table"
            visible: panel.page.anyOpen
            icon.name: "table"
            flat: true
            checked: panel.asTable
            ToolTip.text: panel.asTable ? qsTr("Show the connections as squares (T)") : qsTr("Show the connections as a table with ages and uses (T)")
            onClicked: panel.asTable = !panel.asTable
        }
    ]
    inset: Theme.space.m + 2
    ListView {
        id: squares
        property real widest: 0   // of the names so far
        readonly property real nameWidth: Math.max(Theme.size.squareName, Math.min(widest, width * 0.4))
        anchors.fill: parent
        anchors.topMargin: Theme.space.xs
        clip: true
        spacing: Theme.space.s
        interactive: contentHeight > height
        boundsBehavior: Flickable.StopAtBounds
        visible: panel.page.anyOpen && !panel.asTable
        model: panel.page.pools
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Each connection")
        ScrollBar.vertical: ScrollBar {}
        delegate: Item {
            id: squareRow
            required property string backend
            required property string protocol
            required property list<int> kinds
            required property list<double> strengths
            required property list<string> hints
            readonly property int columns: Math.max(1, Math.floor((drawn.width + Theme.space.xs) / Theme.size.square))
            width: squares.width
            height: Math.max(1, Math.min(4, Math.ceil(kinds.length / columns))) * Theme.size.square
            Label {
                objectName: "square-name"
                width: squares.nameWidth
                height: Theme.size.square - Theme.space.xs
                text: squareRow.backend + " " + squareRow.protocol
                onImplicitWidthChanged: squares.widest = Math.max(squares.widest, implicitWidth)
                elide: Text.ElideMiddle
                color: Theme.color.textSecond
                font.pixelSize: Theme.font.small
            }
            SquareRow {
                id: drawn
                x: squares.nameWidth + Theme.space.s
                width: parent.width - x - Theme.space.s
                height: parent.height
                activeFocusOnTab: kinds.length > 0
                kinds: squareRow.kinds
                strengths: squareRow.strengths
                hints: squareRow.hints // qmllint disable
                colors: panel.stateColors
                textColor: Theme.color.text
                font.family: Theme.font.family
                font.pixelSize: Theme.font.axis
                Accessible.role: Accessible.Chart
                Accessible.name: qsTr("Connections of %1 %2").arg(squareRow.backend).arg(squareRow.protocol)
                Accessible.description: currentHint
                FigureHint {
                    figure: drawn
                }
            }
            Label {
                x: squares.nameWidth + Theme.space.s
                height: Theme.size.square - Theme.space.xs
                visible: squareRow.kinds.length === 0
                text: qsTr("none open")
                color: Theme.color.textThird
                font.pixelSize: Theme.font.small
            }
        }
    }
    Repeater {
        model: panel.tableMade ? 1 : 0
        DataTable {
            id: openTable
            anchors.fill: parent
            visible: panel.asTable && panel.page.anyOpen
            shell: panel.shell
            name: "open-connections"
            title: qsTr("Each connection")
            rowMenus: false
            model: panel.page.connections
            columns: [
                TableColumn {
                    id: ofColumn
                    title: qsTr("Backend")
                    role: "backend"
                    hideable: false
                    minimum: 90
                    weight: 2
                },
                TableColumn {
                    id: wireColumn
                    title: qsTr("Protocol")
                    role: "protocol"
                    minimum: 56
                },
                TableColumn {
                    id: stateColumn
                    title: qsTr("State")
                    role: "state"
                    sortRole: "kind"
                    minimum: 76
                    weight: 1
                },
                NumberColumn {
                    id: ageColumn
                    title: qsTr("Age")
                    role: "age"
                    sortRole: "ageMs"
                    minimum: 64
                },
                NumberColumn {
                    id: usesColumn
                    title: qsTr("Uses")
                    tip: qsTr("Requests it has carried")
                    role: "uses"
                    sortRole: "usesValue"
                    minimum: 52
                },
                NumberColumn {
                    id: unusedColumn
                    title: qsTr("Unused for")
                    role: "unused"
                    sortRole: "unusedMs"
                    minimum: 72
                },
                NumberColumn {
                    id: callsColumn
                    title: qsTr("Calls")
                    tip: qsTr("gRPC calls in flight")
                    role: "calls"
                    sortRole: "callsValue"
                    minimum: 44
                }
            ]
            delegate: DataTableRow {
                id: openRow
                required property string backend
                required property string protocol
                required property string state
                required property int kind
                required property string age
                required property string uses
                required property string unused
                required property string calls

                table: openTable
                Accessible.name: qsTr("%1 %2, %3, open %4, %5 uses").arg(backend).arg(protocol).arg(state).arg(age).arg(uses)

                DataTableCell {
                    column: ofColumn
                    text: openRow.backend
                    elide: Text.ElideMiddle
                }
                DataTableCell {
                    column: wireColumn
                    text: openRow.protocol
                    color: Theme.color.textSecond
                }
                DataTableMixedCell {
                    column: stateColumn
                    natural: Theme.size.dot + spacing + stateWord.implicitWidth
                    Dot {
                        anchors.verticalCenter: parent.verticalCenter
                        color: panel.stateColors[openRow.kind]
                    }
                    Label {
                        id: stateWord
                        height: parent.height
                        width: parent.width - Theme.size.dot - Theme.space.s
                        text: openRow.state
                        font.pixelSize: Theme.font.small
                    }
                }
                DataTableCell {
                    column: ageColumn
                    text: openRow.age
                }
                DataTableCell {
                    column: usesColumn
                    text: openRow.uses
                }
                DataTableCell {
                    column: unusedColumn
                    text: openRow.unused
                }
                DataTableCell {
                    column: callsColumn
                    text: openRow.calls
                }
            }
        }
    }
    Label {
        anchors.fill: parent
        visible: !panel.page.anyOpen
        horizontalAlignment: Text.AlignHCenter
        text: panel.page.noneOpenText
        color: Theme.color.textThird
        font.pixelSize: Theme.font.small
    }
}
