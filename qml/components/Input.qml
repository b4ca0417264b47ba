// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace
import Millrace.Desktop

// A line to type in: with a symbol in front and a unit behind, framed in the accent when changed, in red when wrong.
T.TextField {
    id: field

    property string symbol
    property string unit
    property bool changed: false
    property bool wrong: false
    property string label: placeholderText

    implicitHeight: Theme.size.field
    implicitWidth: 200
    leftPadding: symbol.length > 0 ? Theme.space.xxl - 2 : Theme.space.m - 2
    rightPadding: unit.length > 0 ? unitText.implicitWidth + Theme.space.l : Theme.space.s
    verticalAlignment: Text.AlignVCenter
    color: Theme.color.text
    opacity: enabled ? 1 : 0.5
    selectionColor: Theme.color.accent
    selectedTextColor: Theme.color.accentInk
    selectByMouse: true
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body
    Accessible.role: Accessible.EditableText
    Accessible.name: label

    background: Rectangle {
        color: Theme.color.raised
        radius: Theme.size.radiusSmall
        border.color: field.wrong ? Theme.color.critical : field.changed || field.activeFocus ? Theme.color.accent : Theme.color.line
        border.width: field.wrong || field.changed || field.activeFocus ? Theme.size.focus : Theme.space.hair
    }

    SvgIcon {
        visible: field.symbol.length > 0
        name: field.symbol
        color: Theme.color.textThird
        x: Theme.space.s
        width: 16
        height: 16
        anchors.verticalCenter: parent.verticalCenter
    }
    Text {
        visible: field.text.length === 0 && field.preeditText.length === 0
        x: field.leftPadding
        width: field.width - x - field.rightPadding
        height: field.height
        text: field.placeholderText
        color: Theme.color.textThird
        font: field.font
        elide: Text.ElideRight
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
