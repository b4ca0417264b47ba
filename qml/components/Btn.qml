// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace
import Millrace.Desktop

// A button: plain, primary (the one thing to do), quiet (no frame until hovered), or pill (top bar).
T.Button {
    id: button

    enum Look {
        Plain,
        Primary,
        Quiet,
        Pill,
        Danger
    }

    property int look: Btn.Look.Plain
    property string symbol
    property string trailing   // symbol after the text
    property string hint

    readonly property bool filled: look === Btn.Look.Primary || look === Btn.Look.Danger
    readonly property color ink: filled ? (look === Btn.Look.Danger ? Theme.color.dangerInk : Theme.color.accentInk) : (checked || hovered ? Theme.color.text : (look === Btn.Look.Plain ? Theme.color.text : Theme.color.textSecond))

    implicitHeight: Theme.size.control
    implicitWidth: Math.max(implicitHeight, row.implicitWidth + leftPadding + rightPadding)
    leftPadding: text.length > 0 ? Theme.space.m : Theme.space.xs
    rightPadding: leftPadding
    opacity: enabled ? 1 : 0.45
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    font.family: Theme.font.family
    font.pixelSize: look === Btn.Look.Pill ? Theme.font.small : Theme.font.body
    font.weight: look === Btn.Look.Pill || look === Btn.Look.Quiet ? Font.Normal : Font.Medium
    Accessible.role: checkable ? Accessible.CheckBox : Accessible.Button
    Accessible.name: text.length > 0 ? text : hint
    Accessible.description: hint
    Accessible.checked: checked
    Accessible.onPressAction: button.press()
    Keys.onReturnPressed: button.press()
    Keys.onEnterPressed: button.press()

    // What a click does; AbstractButton.click() comes with Qt 6.8 only.
    function press() {
        if (button.checkable) {
            button.toggle();
            button.toggled();
        }
        button.clicked();
    }

    contentItem: Item { // qmllint disable deferred-property-id
        implicitWidth: row.implicitWidth
        implicitHeight: row.implicitHeight
        Row {
            id: row
            anchors.centerIn: parent
            spacing: Theme.space.s - 2
            SvgIcon {
                visible: button.symbol.length > 0
                name: button.symbol
                color: button.ink
                width: button.look === Btn.Look.Pill ? Theme.size.iconSmall : 16
                height: width
                anchors.verticalCenter: parent.verticalCenter
            }
            Text {
                visible: button.text.length > 0
                text: button.text
                color: button.ink
                font: button.font
                textFormat: Text.PlainText
                anchors.verticalCenter: parent.verticalCenter
            }
            SvgIcon {
                visible: button.trailing.length > 0
                name: button.trailing
                color: button.ink
                width: 12
                height: 12
                anchors.verticalCenter: parent.verticalCenter
            }
        }
    }
    background: Rectangle {
        radius: button.look === Btn.Look.Pill ? height / 2 : Theme.size.radiusSmall
        color: {
            if (button.look === Btn.Look.Primary)
                return button.down ? Qt.darker(Theme.color.accent, 1.2) : button.hovered ? Qt.lighter(Theme.color.accent, 1.08) : Theme.color.accent;
            if (button.look === Btn.Look.Danger)
                return Theme.color.danger;
            if (button.look === Btn.Look.Quiet)
                return button.checked || button.hovered ? Theme.color.raised : "transparent";
            return button.down || button.checked ? Theme.color.line : button.hovered ? Qt.tint(Theme.color.raised, Theme.faint(Theme.color.text, 0.06)) : Theme.color.raised;
        }
        border.color: button.checked && button.look === Btn.Look.Pill ? Theme.color.accent : Theme.color.line
        border.width: button.filled || button.look === Btn.Look.Quiet ? 0 : Theme.space.hair
        FocusRing {
            shown: button.visualFocus
            radius: parent.radius + 2
        }
    }

    Hint {
        text: button.hint
        shown: button.hovered && button.hint.length > 0 && button.hint !== button.text
    }
}
