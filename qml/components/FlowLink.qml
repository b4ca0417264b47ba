// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace.Theme

// Between two stages: water that runs while requests are in flight, and does not move when none are.
Item {
    id: link

    required property bool moving

    implicitWidth: Theme.size.flowLink
    implicitHeight: Theme.size.flowLinkHeight
    clip: true
    Accessible.ignored: true

    Row {
        id: water
        y: 1
        spacing: Theme.size.dropGap
        Repeater {
            model: 5
            Rectangle {
                width: Theme.size.drop
                height: Theme.size.dropHeight
                radius: 2
                color: Theme.faint(Theme.color.accent, link.moving ? 0.8 : 0.25)
            }
        }
    }
}
