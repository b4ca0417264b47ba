// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace

// Text as the console writes it: elides with a tooltip where it is cut.
Text {
    id: txt

    property bool hint: true

    color: Theme.color.text
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body
    elide: Text.ElideRight
    verticalAlignment: Text.AlignVCenter
    textFormat: Text.PlainText
    Accessible.role: Accessible.StaticText
    Accessible.name: text

    // A Repeater of one or none: in Qt 6.4 a Loader cannot make components that are bound to their context.
    Repeater {
        model: txt.hint && txt.truncated ? 1 : 0
        Item {
            anchors.fill: parent
            HoverHandler {
                id: hover
            }
            Hint {
                text: txt.text // qmllint disable unqualified
                shown: hover.hovered
            }
        }
    }
}
