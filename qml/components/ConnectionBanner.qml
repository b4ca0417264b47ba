// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// While the engine is away: what happened, what it means for what is shown, and what to do.
Rectangle {
    id: bar

    required property ShellViewModel shell
    required property color mood

    readonly property bool shown: shell.engine.problem.length > 0

    implicitHeight: shown ? Math.max(44, words.implicitHeight + 2 * Theme.space.s) : 0
    visible: shown
    color: Theme.faint(mood, 0.12)
    Accessible.role: Accessible.AlertMessage
    Accessible.name: shell.engine.problem + " " + shell.engine.advice

    SvgIcon {
        id: symbol
        x: Theme.space.xl
        anchors.verticalCenter: parent.verticalCenter
        name: bar.shell.engine.mood === EngineViewModel.Busy ? "clock" : bar.shell.engine.mood === EngineViewModel.Bad ? "error" : "warning"
        color: bar.mood
    }
    Label {
        id: words
        anchors.left: symbol.right
        anchors.leftMargin: Theme.space.m
        anchors.right: action.left
        anchors.rightMargin: Theme.space.m
        anchors.verticalCenter: parent.verticalCenter
        text: bar.shell.engine.problem + " " + bar.shell.engine.advice
        wrapMode: Text.Wrap
    }
    Button {
        id: action
        visible: text.length > 0
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.xl
        anchors.verticalCenter: parent.verticalCenter
        text: bar.shell.engine.action
        highlighted: true
        onClicked: bar.shell.engine.act()
    }
    Rectangle {
        anchors.bottom: parent.bottom
        width: parent.width
        height: Theme.space.hair
        color: Theme.color.line
    }
}
