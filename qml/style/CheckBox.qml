// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Desktop
import Millrace.Theme

// Chosen or not, among others.
T.CheckBox {
    id: control

    implicitWidth: indicator.implicitWidth + (text.length > 0 ? spacing + implicitContentWidth : 0)
    implicitHeight: Theme.size.control
    padding: 0
    spacing: Theme.space.s
    opacity: enabled ? 1 : Theme.faded
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body
    T.ToolTip.visible: hovered && T.ToolTip.text.length > 0
    T.ToolTip.delay: Theme.duration.tooltip
    Accessible.role: Accessible.CheckBox
    Accessible.name: text
    Accessible.checked: checked
    Accessible.onPressAction: control.press()
    Keys.onReturnPressed: control.press()
    Keys.onEnterPressed: control.press()

    // What a click does; AbstractButton.click() comes with Qt 6.8 only.
    function press() {
        control.toggle();
        control.toggled();
    }

    contentItem: Text {
        leftPadding: control.indicator.width + control.spacing
        text: control.text
        color: Theme.color.text
        font: control.font
        elide: Text.ElideRight
        verticalAlignment: Text.AlignVCenter
        textFormat: Text.PlainText
    }
    indicator: Rectangle {
        implicitWidth: Theme.size.icon
        implicitHeight: Theme.size.icon
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        radius: Theme.space.xs
        color: control.checked ? Theme.color.accent : Theme.color.raised
        border.color: control.checked ? Theme.color.accent : Theme.color.textThird
        SvgIcon {
            visible: control.checked
            anchors.centerIn: parent
            name: "check"
            color: Theme.color.accentInk
            width: Theme.size.iconTiny
            height: Theme.size.iconTiny
        }
        FocusRing {
            shown: control.visualFocus
            radius: parent.radius + Theme.size.focus
        }
    }
}
