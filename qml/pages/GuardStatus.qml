// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// A guarded revision while it is being measured, and what came of it.
Column {
    id: status

    required property RevisionsViewModel history

    visible: history.measuring || history.outcome.length > 0
    spacing: Theme.space.s + 2

    Column {
        visible: status.history.measuring
        width: parent.width
        spacing: Theme.space.xs
        Accessible.role: Accessible.ProgressBar
        Accessible.name: status.history.guardText
        Row {
            spacing: Theme.space.xs
            SvgIcon {
                name: "clock"
                color: Theme.color.accent
                width: Theme.size.iconSmall
                height: Theme.size.iconSmall
                anchors.verticalCenter: guard.verticalCenter
            }
            Label {
                id: guard
                objectName: "guard"
                text: status.history.guardText
                font.pixelSize: Theme.font.small
            }
        }
        Rectangle {
            width: parent.width
            height: Theme.space.xs
            radius: height / 2
            color: Theme.color.line
            Rectangle {
                width: parent.width * status.history.progress
                height: parent.height
                radius: height / 2
                color: Theme.color.accent
            }
        }
    }
    Row {
        visible: status.history.outcome.length > 0
        width: parent.width
        spacing: Theme.space.xs
        SvgIcon {
            name: status.history.outcomeBad ? "warning" : "check"
            color: outcome.color
            width: Theme.size.iconSmall
            height: Theme.size.iconSmall
        }
        Label {
            id: outcome
            objectName: "outcome"
            width: parent.width - Theme.size.iconSmall - Theme.space.xs
            text: status.history.outcome
            font.pixelSize: Theme.font.small
            lineHeight: 1.2
            wrapMode: Text.Wrap
            color: status.history.outcomeBad ? Theme.color.warning : Theme.color.ok
        }
    }
}
