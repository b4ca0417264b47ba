// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T

// Scrolls what is larger than it.
T.ScrollView {
    id: view

    implicitWidth: contentWidth + leftPadding + rightPadding
    implicitHeight: contentHeight + topPadding + bottomPadding
    clip: true

    ScrollBar.vertical: ScrollBar {
        parent: view
        x: view.width - width
        y: view.topPadding
        height: view.availableHeight
    }
    ScrollBar.horizontal: ScrollBar {
        parent: view
        x: view.leftPadding
        y: view.height - height
        width: view.availableWidth
    }
}
