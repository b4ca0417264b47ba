// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Desktop
import Millrace.Theme

// A line to type in. Extras: `iconName` in front, `unit` behind, `edited` (differs from what is active: a bar at its
// left), `invalid` (framed in red).
T.TextField {
    id: field

    property string iconName
    property string unit
    property bool edited: false
    property bool invalid: false

    implicitHeight: Theme.size.field
    implicitWidth: Theme.size.fieldWidth
    leftPadding: iconName.length > 0 ? Theme.space.xxl - 2 : Theme.space.m - 2
    rightPadding: unit.length > 0 ? unitText.implicitWidth + Theme.space.l : Theme.space.s
    verticalAlignment: Text.AlignVCenter
    color: Theme.color.text
    opacity: enabled ? 1 : Theme.faded
    placeholderTextColor: Theme.color.textThird
    selectionColor: Theme.color.accent
    selectedTextColor: Theme.color.accentInk
    selectByMouse: true
    hoverEnabled: true
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body
    T.ToolTip.visible: hovered && T.ToolTip.text.length > 0
    T.ToolTip.delay: Theme.duration.tooltip
    Accessible.role: Accessible.EditableText
    Accessible.name: placeholderText

    background: Rectangle {
        color: Theme.color.raised
        radius: Theme.size.radiusSmall
        border.color: field.invalid ? Theme.color.critical : field.activeFocus ? Theme.color.accent : Theme.color.line
        border.width: field.invalid || field.activeFocus ? Theme.size.focus : Theme.space.hair
        Rectangle {
            visible: field.edited
            x: Theme.size.focus
            y: Theme.space.xs
            width: Theme.size.mark
            height: parent.height - 2 * y
            radius: width / 2
            color: field.invalid ? Theme.color.critical : Theme.color.warning
        }
    }

    SvgIcon {
        visible: field.iconName.length > 0
        name: field.iconName
        color: Theme.color.textThird
        x: Theme.space.s
        width: Theme.size.iconMedium
        height: Theme.size.iconMedium
        anchors.verticalCenter: parent.verticalCenter
    }
    Text {
        visible: field.text.length === 0 && field.preeditText.length === 0
        x: field.leftPadding
        width: field.width - x - field.rightPadding
        height: field.height
        text: field.placeholderText
        color: field.placeholderTextColor
        font: field.font
        elide: Text.ElideMiddle   // of a path the last part says most
        verticalAlignment: Text.AlignVCenter
        textFormat: Text.PlainText
    }
    Text {
        id: unitText
        visible: field.unit.length > 0
        text: field.unit
        color: Theme.color.textThird
        font.family: Theme.font.family
        font.pixelSize: Theme.font.small
        textFormat: Text.PlainText
        anchors.right: parent.right
        anchors.rightMargin: Theme.space.s
        anchors.verticalCenter: parent.verticalCenter
    }
}
