// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// The buttons below a Dialog, at its right.
T.DialogButtonBox {
    id: box

    implicitWidth: implicitContentWidth + leftPadding + rightPadding
    implicitHeight: implicitContentHeight + topPadding + bottomPadding
    contentWidth: buttons.contentWidth
    spacing: Theme.space.s
    padding: Theme.space.xl
    topPadding: 0
    alignment: Qt.AlignRight

    delegate: Button {}
    contentItem: ListView { // qmllint disable deferred-property-id
        id: buttons
        implicitWidth: contentWidth
        implicitHeight: Theme.size.control
        model: box.contentModel
        spacing: box.spacing
        orientation: ListView.Horizontal
        boundsBehavior: Flickable.StopAtBounds
        interactive: false
    }
}
