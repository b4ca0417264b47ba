// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Desktop
import Millrace.Theme

// A button: plain, `highlighted` (the one thing to do here) or `flat` (no frame until hovered). `icon.name` is a name
// of resources/icons. `ToolTip.text` shows by itself; set nothing else of ToolTip. Extra: `danger`, for what destroys.
T.RoundButton {
    id: button

    property bool danger: false

    readonly property bool filled: highlighted || danger
    readonly property bool round: radius > Theme.size.radiusSmall
    readonly property color ink: !enabled ? Theme.color.textThird : danger ? Theme.color.dangerInk : highlighted ? Theme.color.accentInk : checked || hovered || !(flat || round) ? Theme.color.text : Theme.color.textSecond
    property bool tipDismissed: false   // by a press, until the pointer has left

    implicitHeight: Theme.size.control
    implicitWidth: Math.max(implicitHeight, implicitContentWidth + leftPadding + rightPadding)
    padding: 0
    horizontalPadding: text.length > 0 ? Theme.space.m : Theme.space.xs
    spacing: Theme.space.s - 2
    radius: Theme.size.radiusSmall
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    font.family: Theme.font.family
    font.pixelSize: round ? Theme.font.small : Theme.font.body
    font.weight: flat || round ? Font.Normal : Font.Medium

    T.ToolTip.visible: hovered && !tipDismissed && T.ToolTip.text.length > 0 && T.ToolTip.text !== text
    T.ToolTip.delay: Theme.duration.tooltip
    onPressedChanged: if (pressed)
        tipDismissed = true
    onHoveredChanged: if (!hovered)
        tipDismissed = false

    Accessible.role: checkable ? Accessible.CheckBox : Accessible.Button
    Accessible.name: text.length > 0 ? text : T.ToolTip.text
    Accessible.description: T.ToolTip.text
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
        id: content
        readonly property real beside: button.icon.name.length > 0 ? symbol.width + row.spacing : 0   // of the words
        implicitWidth: button.text.length > 0 ? Math.ceil(word.implicitWidth) + beside : symbol.width
        implicitHeight: Math.max(symbol.height, word.implicitHeight)
        Row {
            id: row
            anchors.centerIn: parent
            spacing: button.spacing
            SvgIcon {
                id: symbol
                visible: button.icon.name.length > 0
                name: button.icon.name
                color: button.ink
                width: button.round ? Theme.size.iconSmall : Theme.size.iconMedium
                height: width
                anchors.verticalCenter: parent.verticalCenter
            }
            Text {
                id: word
                readonly property bool hasOtherTip: button.T.ToolTip.text.length > 0
                width: Math.min(implicitWidth, Math.max(0, content.width - content.beside))
                elide: Text.ElideMiddle
                visible: button.text.length > 0
                text: button.text
                color: button.ink
                font: button.font
                textFormat: Text.PlainText
                anchors.verticalCenter: parent.verticalCenter
            }
        }
    }
    background: Rectangle {
        radius: button.radius
        color: {
            if (!button.enabled)
                return "transparent";
            if (button.danger)
                return button.down ? Qt.darker(Theme.color.danger, 1.2) : button.hovered ? Qt.lighter(Theme.color.danger, 1.08) : Theme.color.danger;
            if (button.highlighted)
                return button.down ? Qt.darker(Theme.knownColor.accent, 1.2) : button.hovered ? Qt.lighter(Theme.knownColor.accent, 1.08) : Theme.knownColor.accent;
            if (button.flat)
                return button.checked || button.hovered ? Theme.color.raised : "transparent";
            return button.down || button.checked ? Theme.color.line : button.hovered ? Qt.tint(Theme.color.raised, Theme.faint(Theme.color.text, 0.06)) : Theme.color.raised;
        }
        border.color: button.checked && button.round ? Theme.color.accent : Theme.color.line
        border.width: button.flat || button.filled && button.enabled ? 0 : Theme.space.hair
        FocusRing {
            shown: button.visualFocus
            radius: button.radius + Theme.size.focus
        }
    }
}
