// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// A slim scroll bar, there where something is to be scrolled.
T.ScrollBar {
    id: bar

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    padding: Theme.size.focus
    minimumSize: 0.06
    visible: policy === T.ScrollBar.AlwaysOn || policy === T.ScrollBar.AsNeeded && size < 1
    Accessible.name: qsTr("Scroll")

    contentItem: Rectangle {
        implicitWidth: Theme.size.scrollBar
        implicitHeight: Theme.size.scrollBar
        radius: Theme.size.scrollBar / 2
        color: Theme.faint(Theme.color.textThird, bar.pressed ? 0.9 : bar.hovered ? 0.7 : 0.4)
    }
}
