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

    Loader {
        anchors.fill: parent
        active: txt.hint && txt.truncated
        sourceComponent: Item {
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
