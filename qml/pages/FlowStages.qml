// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Layouts
import Millrace
import Millrace.Desktop
import Millrace.Theme

// The stages of the pipeline, one card each, in the order that a request takes.
GridLayout {
    id: stages

    required property ShellViewModel shell
    required property FlowViewModel page
    required property bool wide   // all in one line

    columns: wide ? 6 : 3
    columnSpacing: 0
    rowSpacing: Theme.space.m
    Repeater {
        model: stages.page.stages
        RowLayout {
            id: cell
            required property int index
            required property int stage
            required property string title
            required property string value
            required property string unit
            required property list<string> labels
            required property list<string> values
            required property bool bottleneck
            required property string why
            spacing: 0
            Layout.fillHeight: true
            Layout.fillWidth: true
            Layout.preferredWidth: cell.index % stages.columns === 0 ? 100 : stages.wide ? 116 : 106
            FlowLink {
                visible: cell.index % stages.columns > 0
                moving: stages.page.moving && !stages.page.session.stale
                Layout.leftMargin: Theme.size.mark
                Layout.rightMargin: Theme.size.mark
            }
            StageCard {
                stage: cell.stage
                title: cell.title
                value: cell.value
                unit: cell.unit
                labels: cell.labels
                values: cell.values
                bottleneck: cell.bottleneck
                why: cell.why
                clickable: stages.shell.hasPage(stages.shell.pages.keyOfStage(cell.stage))
                onChosen: stages.shell.openPage(stages.shell.pages.keyOfStage(cell.stage))
                Layout.fillWidth: true
                Layout.fillHeight: true
            }
        }
    }
}
