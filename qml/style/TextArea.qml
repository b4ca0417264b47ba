// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// Lines to type in; put it into a ScrollView. Extra: `invalid`, framed in red.
T.TextArea {
    id: area

    property bool invalid: false

    implicitWidth: Math.max(contentWidth + leftPadding + rightPadding, Theme.size.fieldWidth)
    implicitHeight: Math.max(contentHeight + topPadding + bottomPadding, Theme.size.field)
    padding: Theme.space.m
    color: Theme.color.text
    opacity: enabled ? 1 : Theme.faded
    placeholderTextColor: Theme.color.textThird
    selectionColor: Theme.color.accent
    selectedTextColor: Theme.color.accentInk
    selectByMouse: true
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body
    textFormat: TextEdit.PlainText
    Accessible.role: Accessible.EditableText
    Accessible.name: placeholderText

    background: Rectangle {
        color: Theme.color.raised
        radius: Theme.size.radiusSmall
        border.color: area.invalid ? Theme.color.critical : area.activeFocus ? Theme.color.accent : Theme.color.line
        border.width: area.invalid || area.activeFocus ? Theme.size.focus : Theme.space.hair
    }

    Text {
        visible: area.length === 0 && area.preeditText.length === 0
        x: area.leftPadding
        y: area.topPadding
        width: area.width - area.leftPadding - area.rightPadding
        text: area.placeholderText
        color: area.placeholderTextColor
        font: area.font
        wrapMode: Text.Wrap
        textFormat: Text.PlainText
    }
}
