// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// A few words about what is under the pointer. Beside `ToolTip.text` and `ToolTip.visible` set `ToolTip.delay` to
// Theme.duration.tooltip; controls of this style do both by themselves.
T.ToolTip {
    id: tip

    x: parent ? Math.round((parent.width - width) / 2) : 0
    y: -height - Theme.space.xs
    implicitWidth: Math.min(Theme.size.tipWidthMax, words.naturalWidth + leftPadding + rightPadding)
    implicitHeight: contentHeight + topPadding + bottomPadding
    margins: Theme.space.s
    padding: Theme.space.s
    font.family: Theme.font.family
    font.pixelSize: Theme.font.small
    closePolicy: T.Popup.CloseOnEscape | T.Popup.CloseOnPressOutsideParent | T.Popup.CloseOnReleaseOutsideParent

    contentItem: WrappedLabel { // qmllint disable deferred-property-id
        id: words
        widthMax: tip.availableWidth
        text: tip.text
        font: tip.font
    }
    background: Rectangle {
        color: Theme.color.raised
        border.color: Theme.color.line
        radius: Theme.size.radiusSmall
    }
}
