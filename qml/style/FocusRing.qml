// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Theme

// The visible mark of keyboard focus around its parent.
Rectangle {
    required property bool shown

    anchors.fill: parent
    anchors.margins: -Theme.size.focus
    visible: shown
    color: "transparent"
    border.color: Theme.color.accent
    border.width: Theme.size.focus
    radius: Theme.size.radius
}
