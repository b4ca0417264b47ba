// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Theme

// A page's key figures, side by side, all as wide as each other.
RowLayout {
    id: row

    required property ShellViewModel shell
    required property KpiList kpis
    required property bool active

    spacing: Theme.space.m

    Repeater {
        model: row.kpis
        KpiCard {
            session: row.shell.session
            hint: row.shell.figureHint(target)
            onChosen: row.shell.openFigure(target)
            active: row.active
            Layout.fillWidth: true
            Layout.preferredWidth: 1
        }
    }
}
