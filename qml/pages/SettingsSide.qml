// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// What is pending and how it is applied, what the last revision did, and those before it.
Card {
    id: side

    required property ShellViewModel shell
    required property SettingsViewModel page
    readonly property RevisionsViewModel history: page.history
    readonly property bool writable: page.session.writable

    clip: true

    component Note: Label {
        width: parent.width // qmllint disable unqualified
        color: Theme.color.textSecond
        font.pixelSize: Theme.font.small
        lineHeight: 1.2
        wrapMode: Text.Wrap
        visible: text.length > 0
    }

    // So far that a row the keys went to is seen.
    function reveal(y: real, height: real) {
        scroll.contentY = Math.max(0, Math.min(y, Math.max(scroll.contentY, y + height - scroll.height)));
    }

    Flickable {
        id: scroll
        anchors.fill: parent
        contentHeight: column.height + 2 * Theme.space.l
        clip: true
        boundsBehavior: Flickable.StopAtBounds
        ScrollBar.vertical: ScrollBar {}

        Column {
            id: column
            x: Theme.space.l
            y: Theme.space.l
            width: parent.width - 2 * x
            spacing: Theme.space.s + 2

            Row {
                spacing: Theme.space.s
                Label {
                    height: Theme.space.xl
                    text: qsTr("Pending changes")
                    font.weight: Font.DemiBold
                }
                Tag {
                    visible: side.page.pendingCount > 0
                    text: side.page.pendingCount
                    ink: Theme.color.text
                }
            }
            ChangeTable {
                id: pending
                shell: side.shell
                name: "pending"
                title: qsTr("Pending changes")
                visible: side.page.pendingCount > 0
                width: parent.width
                changes: side.page.pending
                titleHead: qsTr("Setting")
                beforeHead: qsTr("Now")
                afterHead: qsTr("New")
                editable: side.writable
                onOpened: changeId => side.page.reveal(changeId)
                onReverted: changeId => side.page.revert(changeId)
                onStepped: (y, height) => side.reveal(column.y + pending.y + y, height)
            }
            Note {
                text: side.page.pendingCount === 0 ? qsTr("Changed values are collected here, validated by the engine, and applied when you confirm.") : side.page.whyNot.length > 0 ? side.page.whyNot : qsTr("Guarded apply measures for 30 s and reverts the change automatically if p99 latency or errors get worse.")
            }
            Note {
                objectName: "settings-problem"
                visible: text.length > 0 && side.page.phase !== SettingsViewModel.Failed
                text: side.page.problem
                color: side.page.conflict ? Theme.color.warning : Theme.color.critical
            }
            Flow {
                visible: side.page.pendingCount > 0
                width: parent.width
                spacing: Theme.space.s
                Button {
                    objectName: "apply-guarded"
                    text: qsTr("Apply guarded")
                    highlighted: true
                    enabled: side.page.applicable
                    ToolTip.text: side.page.whyNot
                    onClicked: side.page.apply(true)
                }
                Button {
                    objectName: "apply"
                    text: qsTr("Apply")
                    enabled: side.page.applicable
                    ToolTip.text: side.page.whyNot
                    onClicked: side.page.apply(false)
                }
                Button {
                    objectName: "discard"
                    text: qsTr("Discard")
                    onClicked: side.page.discard()
                }
            }

            GuardStatus {
                history: side.history
                width: parent.width
            }
            Button {
                objectName: "undo-apply"
                visible: text.length > 0
                enabled: side.writable
                icon.name: "undo"
                text: side.page.undoApplyText
                onClicked: side.page.undoApply()
            }

            Label {
                visible: effect.visible || side.history.plotTitle.length > 0
                height: Theme.size.heading
                text: side.history.effectTitle
                font.weight: Font.DemiBold
            }
            Column {
                visible: side.history.plotTitle.length > 0
                width: parent.width
                spacing: Theme.space.xs
                Label {
                    width: parent.width
                    text: side.history.plotTitle
                    color: Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                }
                EffectPlot {
                    id: plot
                    objectName: "effect-plot"
                    width: parent.width
                    height: Theme.size.plotSmall
                    activeFocusOnTab: true
                    before: side.history.plotBefore
                    after: side.history.plotAfter
                    beforeMean: side.history.plotBeforeMean
                    afterMean: side.history.plotAfterMean
                    hints: side.history.plotHints
                    beforeColor: Theme.color.textThird
                    afterColor: Theme.color.accent
                    gridColor: Theme.color.grid
                    textColor: Theme.color.textThird
                    font.family: Theme.font.family
                    font.pixelSize: Theme.font.axis
                    fromText: qsTr("−60 s")
                    momentText: qsTr("applied")
                    toText: qsTr("+60 s")
                    Accessible.role: Accessible.Chart
                    Accessible.name: side.history.plotTitle
                    Accessible.description: current >= 0 ? currentHint : side.history.plotSummary
                    FigureHint {
                        figure: plot
                    }
                }
                Label {
                    width: parent.width
                    wrapMode: Text.Wrap
                    text: side.history.plotSummary
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.tiny
                }
            }
            ChangeTable {
                id: effect
                shell: side.shell
                name: "effect"
                title: side.history.effectTitle
                visible: count > 0
                width: parent.width
                changes: side.history.effect
                titleHead: qsTr("Mean, 1 min")
                beforeHead: qsTr("Before")
                afterHead: qsTr("After")
                onStepped: (y, height) => side.reveal(column.y + effect.y + y, height)
            }
            Note {
                visible: effect.visible && text.length > 0
                text: side.history.effectNote
                color: Theme.color.textThird
            }

            Label {
                height: Theme.size.heading
                text: qsTr("History")
                font.weight: Font.DemiBold
            }
            Note {
                visible: history.count === 0
                text: qsTr("No changes have been applied yet.")
            }
            Column {
                width: parent.width
                Repeater {
                    id: history
                    model: side.history.revisions
                    RevisionItem {
                        width: column.width
                        writable: side.writable
                        onChosenHere: side.history.choose(revision)
                        onRollBackRequested: side.page.rollBack(revision)
                    }
                }
            }
        }
    }
}
