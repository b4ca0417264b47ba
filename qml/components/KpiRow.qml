// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Theme

// A page's key figures, all as wide as each other: side by side, in two rows where six would be too narrow to be read.
GridLayout {
    id: row

    required property ShellViewModel shell
    required property KpiList kpis
    required property bool active

    readonly property bool folded: cards.count > 5 && width < Theme.size.kpiRow

    columns: folded ? Math.ceil(cards.count / 2) : Math.max(1, cards.count)
    columnSpacing: Theme.space.m
    rowSpacing: Theme.space.m

    Repeater {
        id: cards
        model: row.kpis
        KpiCard {
            session: row.shell.session
            hint: row.shell.figureHint(target)
            onChosen: row.shell.openFigure(target)
            active: row.active
            flat: row.folded
            Layout.fillWidth: true
            Layout.preferredWidth: 1
        }
    }
}
