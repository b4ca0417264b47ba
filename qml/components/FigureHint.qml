// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The words of the chosen part of a painted figure, beside it, and the mark of its focus. Put it inside the figure.
Item {
    id: hint

    required property PaintedFigure figure

    anchors.fill: parent

    FocusRing {
        shown: hint.figure.activeFocus
        radius: Theme.size.radiusSmall
    }
    Rectangle {
        readonly property real wantedX: hint.figure.currentAt.x - width / 2
        readonly property bool above: hint.figure.currentAt.y - height - Theme.space.s > -Theme.space.xxl
        visible: hint.figure.current >= 0 && words.text.length > 0
        x: Math.max(0, Math.min(hint.width - width, wantedX))
        y: above ? hint.figure.currentAt.y - height - Theme.space.s : hint.figure.currentAt.y + Theme.space.xl
        width: words.width + 2 * Theme.space.s
        height: words.height + 2 * Theme.space.xs + 2
        color: Theme.color.raised
        border.color: Theme.color.line
        radius: Theme.size.radiusSmall
        WrappedLabel {
            id: words
            x: Theme.space.s
            y: Theme.space.xs + 1
            widthMax: Math.max(Theme.size.hintLeast, hint.width - 2 * Theme.space.s)
            text: hint.figure.currentHint
            font.pixelSize: Theme.font.small
        }
    }
}
