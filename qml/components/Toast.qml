// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// What was just done, or why it was not.
Rectangle {
    id: toast

    required property ShellViewModel shell

    // What is beside the words.
    readonly property real chrome: words.x + dismiss.width + 2 * Theme.space.s + (undo.visible ? undo.width + Theme.space.s : 0)

    visible: shell.toast.length > 0
    implicitWidth: words.width + chrome
    implicitHeight: Math.max(Theme.size.toast, words.implicitHeight + Theme.space.l)
    color: Theme.color.raised
    border.color: shell.toastBad ? Theme.color.critical : Theme.color.line
    radius: Theme.size.radius
    Accessible.role: Accessible.AlertMessage
    Accessible.name: shell.toast

    SvgIcon {
        x: Theme.space.m
        anchors.verticalCenter: parent.verticalCenter
        name: toast.shell.toastBad ? "error" : "check"
        color: toast.shell.toastBad ? Theme.color.critical : Theme.color.ok
    }
    WrappedLabel {
        id: words
        x: Theme.space.m + Theme.size.icon + Theme.space.s
        widthMax: Theme.size.toastWidthMax - toast.chrome
        anchors.verticalCenter: parent.verticalCenter
        text: toast.shell.toast
    }
    Button {
        id: undo
        objectName: "undo"
        visible: toast.shell.toastUndoable
        anchors.right: dismiss.left
        anchors.rightMargin: Theme.space.xs
        anchors.verticalCenter: parent.verticalCenter
        text: qsTr("Undo")
        onClicked: toast.shell.undo()
    }
    Button {
        id: dismiss
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.s
        anchors.verticalCenter: parent.verticalCenter
        icon.name: "cross"
        flat: true
        ToolTip.text: qsTr("Dismiss")
        onClicked: toast.shell.dismissToast()
    }
}
