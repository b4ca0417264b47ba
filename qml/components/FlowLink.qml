// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace.Theme

// Between two stages: water that runs while requests are under way, and stands still when none are.
Item {
    id: link

    required property bool moving

    implicitWidth: 24
    implicitHeight: 10
    clip: true
    Accessible.ignored: true

    Row {
        id: water
        y: 1
        spacing: 5
        Repeater {
            model: 5
            Rectangle {
                width: 7
                height: 8
                radius: 2
                color: Theme.faint(Theme.color.accent, link.moving ? 0.8 : 0.25)
            }
        }
    }
}
