// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Controls.Basic
import Millrace

// A tooltip in the console's look.
ToolTip {
    id: hint

    required property bool shown

    visible: shown && text.length > 0
    delay: Theme.duration.tooltip
    padding: Theme.space.s
    implicitWidth: Math.min(360, words.implicitWidth + 2 * padding)

    contentItem: Text { // qmllint disable deferred-property-id
        id: words
        text: hint.text
        color: Theme.color.text
        font.family: Theme.font.family
        font.pixelSize: Theme.font.small
        wrapMode: Text.Wrap
        textFormat: Text.PlainText
    }
    background: Rectangle {
        color: Theme.color.raised
        border.color: Theme.color.line
        radius: Theme.size.radiusSmall
    }
}
