// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// A menu; it scrolls where it does not fit.
T.Menu {
    id: menu

    implicitWidth: Math.max(Theme.size.menuWidth, contentWidth + leftPadding + rightPadding)
    implicitHeight: Math.min(Theme.size.menuHeightMax, contentHeight + topPadding + bottomPadding)
    margins: Theme.space.s
    z: 1   // over a ToolTip
    padding: Theme.space.xs
    overlap: 1
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body

    delegate: MenuItem {}
    contentItem: ListView {
        implicitHeight: contentHeight
        model: menu.contentModel
        interactive: contentHeight > height
        boundsBehavior: Flickable.StopAtBounds
        clip: true
        currentIndex: menu.currentIndex
        ScrollBar.vertical: ScrollBar {}
    }
    background: Rectangle {
        implicitWidth: Theme.size.menuWidth
        color: Theme.color.panel
        border.color: Theme.color.line
        radius: Theme.size.radius
    }
}
