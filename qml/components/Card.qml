// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Theme

// A panel with a hairline.
Rectangle {
    color: Theme.color.panel
    border.color: Theme.color.line
    border.width: Theme.space.hair
    radius: Theme.size.radius
}
