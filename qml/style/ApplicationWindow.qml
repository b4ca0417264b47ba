// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Desktop
import Millrace.Theme

// The window; it shows the whole of any text that is cut, once the pointer rests on it.
T.ApplicationWindow {
    id: window

    color: Theme.color.window
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body

    ElisionTip {
        id: cut
        window: window
        delay: Theme.duration.tooltip
    }
    ToolTip {
        objectName: "elision-tip"
        parent: cut.item
        visible: cut.item !== null
        text: cut.text
    }
}
