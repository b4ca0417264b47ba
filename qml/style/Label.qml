// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// Text: one line that is cut at its end where it does not fit (the window then shows the whole of it), or `wrapMode`.
T.Label {
    color: Theme.color.text
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body
    elide: Text.ElideRight
    verticalAlignment: Text.AlignVCenter
    textFormat: Text.PlainText
}
