// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Templates as T
import Millrace.Desktop
import Millrace.Theme

// One of a few texts. Extra: `radius`, as of Button and RoundButton.
T.ComboBox {
    id: box

    property real radius: Theme.size.radiusSmall

    readonly property bool round: radius > Theme.size.radiusSmall

    implicitHeight: Theme.size.control
    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    leftPadding: Theme.space.m
    rightPadding: Theme.space.m + indicator.width + spacing
    spacing: Theme.space.s - 2
    opacity: enabled ? 1 : Theme.faded
    hoverEnabled: true
    focusPolicy: Qt.StrongFocus
    font.family: Theme.font.family
    font.pixelSize: round ? Theme.font.small : Theme.font.body
    font.weight: round ? Font.Normal : Font.Medium
    Accessible.role: Accessible.ComboBox
    T.ToolTip.visible: hovered && !down && T.ToolTip.text.length > 0
    T.ToolTip.delay: Theme.duration.tooltip
    Keys.onReturnPressed: popup.open()
    Keys.onEnterPressed: popup.open()
    // While the list is open, keys that it does not know are not meant for what is behind it.
    Keys.onLeftPressed: event => event.accepted = popup.visible
    Keys.onRightPressed: event => event.accepted = popup.visible

    delegate: ItemDelegate {
        required property string modelData
        required property int index

        width: ListView.view ? ListView.view.width : implicitWidth
        text: modelData
        checkable: true
        checked: box.currentIndex === index
        highlighted: box.highlightedIndex === index
    }
    indicator: SvgIcon {
        x: box.width - width - Theme.space.m
        anchors.verticalCenter: parent ? parent.verticalCenter : undefined
        name: "chevron-down"
        color: Theme.color.textSecond
        width: Theme.size.iconTiny
        height: Theme.size.iconTiny
    }
    contentItem: Text {
        text: box.displayText
        color: box.round && !box.hovered && !box.down ? Theme.color.textSecond : Theme.color.text
        font: box.font
        elide: Text.ElideRight
        verticalAlignment: Text.AlignVCenter
        textFormat: Text.PlainText
    }
    background: Rectangle {
        radius: box.radius
        visible: !box.flat || box.hovered || box.down
        color: box.down ? Theme.color.line : box.hovered ? Qt.tint(Theme.color.raised, Theme.faint(Theme.color.text, 0.06)) : Theme.color.raised
        border.color: Theme.color.line
        border.width: Theme.space.hair
        FocusRing {
            shown: box.visualFocus
            radius: box.radius + Theme.size.focus
        }
    }
    popup: Popup {
        y: box.height + Theme.space.xs
        width: Math.max(box.width, Theme.size.menuWidth)
        height: Math.min(implicitHeight, Theme.size.menuHeightMax)
        margins: Theme.space.s
        padding: Theme.space.xs
        contentItem: ListView {
            implicitHeight: contentHeight
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            model: box.popup.visible ? box.delegateModel : null
            currentIndex: box.highlightedIndex
            highlightMoveDuration: 0
            ScrollBar.vertical: ScrollBar {}
        }
    }
}
