// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Style
import Millrace.Theme

// "now": what is shown beside it cannot go back to the moment that the time bar shows. Every place with figures of
// the newest frame has one, and a property `now` that says when; see tests/desktop/tst_past.cpp.
Tag {
    id: tag

    objectName: "now"
    text: Theme.unknown ? qsTr("latest") : qsTr("now")
    ink: Theme.color.warning
    ToolTip.text: Theme.unknown ? qsTr("These figures have no history: they show the newest state known") : qsTr("These figures have no history: they show the present")
    ToolTip.visible: hover.hovered
    ToolTip.delay: Theme.duration.tooltip
    HoverHandler {
        id: hover
    }
}
