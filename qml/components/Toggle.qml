// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace

// On or off.
T.Switch {
    id: toggle

    property string label

    implicitWidth: 36
    implicitHeight: 22
    opacity: enabled ? 1 : 0.5
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    Accessible.role: Accessible.CheckBox
    Accessible.name: label
    Accessible.checked: checked
    Accessible.onPressAction: toggle.press()
    Keys.onReturnPressed: toggle.press()

    function press() {
        toggle.toggle();
        toggle.toggled();
    }

    indicator: Rectangle {
        width: toggle.width
        height: toggle.height - 2
        y: 1
        radius: height / 2
        color: toggle.checked ? Theme.color.accent : Theme.color.line
        border.color: toggle.checked ? Theme.color.accent : Theme.color.textThird
        border.width: toggle.checked ? 0 : 1
        Rectangle {
            x: toggle.checked ? parent.width - width - 3 : 3
            anchors.verticalCenter: parent.verticalCenter
            width: 14
            height: 14
            radius: 7
            color: toggle.checked ? Theme.color.accentInk : Theme.color.textSecond
        }
        FocusRing {
            shown: toggle.visualFocus
            radius: parent.radius + 2
        }
    }
}
