// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// On or off, at once.
T.Switch {
    id: control

    implicitWidth: indicator.implicitWidth + (text.length > 0 ? spacing + implicitContentWidth : 0)
    implicitHeight: Theme.size.switchHeight
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
        visible: text.length > 0
        leftPadding: control.indicator.width + control.spacing
        text: control.text
        color: Theme.color.text
        font: control.font
        elide: Text.ElideRight
        verticalAlignment: Text.AlignVCenter
        textFormat: Text.PlainText
    }
    indicator: Rectangle {
        implicitWidth: Theme.size.switchWidth
        implicitHeight: Theme.size.switchHeight - Theme.size.focus
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        radius: height / 2
        color: control.checked ? Theme.color.accent : Theme.color.line
        border.color: Theme.color.textThird
        border.width: control.checked ? 0 : Theme.space.hair
        Rectangle {
            readonly property real inset: (parent.height - height) / 2
            x: control.checked ? parent.width - width - inset : inset
            anchors.verticalCenter: parent.verticalCenter
            width: Theme.size.iconSmall
            height: width
            radius: width / 2
            color: control.checked ? Theme.color.accentInk : Theme.color.textSecond
        }
        FocusRing {
            shown: control.visualFocus
            radius: parent.radius + Theme.size.focus
        }
    }
}
