// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The table twin of a chart: a row for each moment, a column for each curve. A row that is chosen puts the crosshair of
// all charts on its moment.
DataTable {
    id: twin

    required property TimePlot plot
    readonly property TimeView time: plot.session.time

    name: "chart-" + plot.curves[0].series
    fileStem: plot.fileStem(title)
    rowHeight: Theme.size.rowSmall
    spacing: Theme.space.s
    model: PlotRows {
        plot: twin.plot
        active: twin.visible
    }
    columns: TableColumn {
        title: qsTr("Time")
        role: "timeText"
        sortRole: "timeMs"
        descendingFirst: true
        hideable: false
        minimum: Theme.size.timeColumn
    }
    Instantiator {
        model: twin.plot.curves
        TableColumn {
            required property Curve modelData
            title: modelData.label
            role: modelData.series
            sortRole: modelData.series + ".value"
            descendingFirst: true
            alignRight: true
            weight: 1
            minimum: Theme.size.figureLeast
        }
        onObjectAdded: (index, object) => twin.addColumn(object as TableColumn)
    }
    delegate: DataTableRow {
        id: row
        required property double timeMs
        required property string timeText
        required property list<string> figures
        required property string spoken

        table: twin
        Accessible.name: spoken
        onChosen: twin.time.crosshairMs = row.timeMs
        onMenuRequested: at => {
            menu.timeMs = row.timeMs;
            menu.words = row.spoken;
            menu.popup(row, at.x, at.y);
        }
        Repeater {
            model: twin.columns
            DataTableCell {
                required property TableColumn modelData
                required property int index
                column: modelData
                text: index === 0 ? row.timeText : row.figures[index - 1] ?? ""
                color: index === 0 ? Theme.color.textSecond : Theme.color.text
            }
        }
    }

    Menu {
        id: menu
        property double timeMs
        property string words
        MenuItem {
            objectName: "show-moment"
            text: qsTr("Show this moment on the charts")
            icon.name: "clock"
            onTriggered: twin.time.showMoment(menu.timeMs)
        }
        MenuItem {
            text: qsTr("Copy row")
            icon.name: "copy"
            onTriggered: twin.shell.copy(menu.words, menu.words)
        }
    }
}
