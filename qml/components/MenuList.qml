// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Controls.Basic
import Millrace

// A menu in the console's look; fill it with MenuEntry.
Menu {
    id: menu

    padding: Theme.space.xs
    implicitWidth: 220

    background: Rectangle {
        implicitWidth: 220
        color: Theme.color.panel
        border.color: Theme.color.line
        radius: Theme.size.radius
    }
}
