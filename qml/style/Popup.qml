// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// Something over the page.
T.Popup {
    implicitWidth: contentWidth + leftPadding + rightPadding
    implicitHeight: contentHeight + topPadding + bottomPadding
    padding: Theme.space.m
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body

    background: Rectangle {
        color: Theme.color.panel
        border.color: Theme.color.line
        border.width: Theme.space.hair
        radius: Theme.size.radius
    }
    T.Overlay.modal: Rectangle {
        color: Theme.color.shade
    }
}
