// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// What matters whatever page is open.
Rectangle {
    id: bar

    required property ShellViewModel shell

    readonly property bool now: shell.session.time.past   // it continues, whatever moment pages show
    readonly property real fresh: shell.session.stale ? Theme.stale : 1

    implicitHeight: Theme.size.statusBar
    color: Theme.color.panel

    component Item1: Label {
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        color: Theme.color.textSecond
        font.pixelSize: Theme.font.small
    }

    Row {
        id: figures
        x: Theme.space.xl
        height: parent.height
        spacing: Theme.space.l
        NowTag {
            visible: bar.now
            anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        }
        Item1 {
            text: bar.shell.engine.phaseText
            color: Theme.color.text
        }
        Item1 {
            objectName: "as-of"
            visible: bar.shell.session.stale
            text: bar.shell.session.asOf
        }
        Item1 {
            opacity: bar.fresh
            width: Math.max(Theme.size.statusRequests, implicitWidth)
            text: bar.shell.engine.requestsText
        }
        Item1 {
            opacity: bar.fresh
            width: Math.max(Theme.size.statusLatency, implicitWidth)
            text: bar.shell.engine.latencyText
        }
        Item1 {
            opacity: bar.fresh
            text: bar.shell.engine.loadText
        }
    }
    Label {
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.xl
        width: Math.min(implicitWidth, Math.max(0, parent.width - figures.x - figures.width - 2 * Theme.space.xl))
        height: parent.height
        horizontalAlignment: Text.AlignRight
        opacity: bar.fresh
        text: bar.shell.engine.revisionText
        color: Theme.color.textSecond
        font.pixelSize: Theme.font.small
    }
    Rectangle {
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
}
