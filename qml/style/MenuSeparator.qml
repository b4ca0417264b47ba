// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// A line between groups of a Menu.
T.MenuSeparator {
    implicitWidth: Theme.size.menuWidth
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    verticalPadding: Theme.space.xs
    contentItem: Rectangle {
        implicitHeight: Theme.space.hair
        color: Theme.color.line
    }
}
