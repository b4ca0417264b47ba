// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// A question or a form in the middle of the window. `standardButtons`, or a DialogButtonBox as its `footer` where a
// button carries a verb.
T.Dialog {
    id: dialog

    parent: T.Overlay.overlay
    anchors.centerIn: parent
    implicitWidth: Math.max(Theme.size.dialogWidth, contentWidth + leftPadding + rightPadding)
    implicitHeight: contentHeight + topPadding + bottomPadding + (implicitHeaderHeight > 0 ? implicitHeaderHeight + spacing : 0) + (implicitFooterHeight > 0 ? implicitFooterHeight + spacing : 0)
    margins: Theme.space.xl
    padding: Theme.space.xl
    topPadding: title.length > 0 ? 0 : padding
    modal: true
    focus: true
    font.family: Theme.font.family
    font.pixelSize: Theme.font.body

    header: Label {
        visible: text.length > 0
        text: dialog.title
        padding: Theme.space.xl
        bottomPadding: Theme.space.m
        font.pixelSize: Theme.font.heading
        font.weight: Font.DemiBold
        Accessible.role: Accessible.Heading
        Accessible.name: text
    }
    footer: DialogButtonBox {
        visible: count > 0
    }
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
