// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Style
import Millrace.Theme

// A DataTableCell that explains its value when the mouse is over it.
DataTableCell {
    required property string tip

    Accessible.description: tip
    ToolTip.text: tip
    ToolTip.visible: hover.hovered && tip.length > 0
    ToolTip.delay: Theme.duration.tooltip

    HoverHandler {
        id: hover
    }
}
