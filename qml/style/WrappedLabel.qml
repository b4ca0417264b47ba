// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Theme

// Words as wide as they are, in lines of `widthMax` where they are wider. What they measure unbroken is read from a text
// that never wraps: of one that does, it would follow from the width that it is to decide, and be laid out without end.
Label {
    id: label

    property real widthMax
    readonly property real naturalWidth: Math.ceil(natural.implicitWidth)

    width: Math.max(0, Math.min(naturalWidth, widthMax))
    wrapMode: Text.Wrap

    Text {
        id: natural
        visible: false
        text: label.text
        font: label.font
        textFormat: label.textFormat
    }
}
