// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// What a row of a table is about: a dot for its state, its name, and a short word about it.
DataTableMixedCell {
    id: cell

    required property string text
    required property color dotColor
    property alias tag: tag.text
    property string tagTip
    property alias tagName: tag.objectName   // for tests

    natural: Theme.size.dot + spacing + name.implicitWidth + (tag.visible ? spacing + tag.implicitWidth : 0)
    Accessible.role: Accessible.Cell
    Accessible.name: text

    Dot {
        anchors.verticalCenter: parent.verticalCenter
        color: cell.dotColor
    }
    Label {
        id: name
        width: Math.min(implicitWidth, cell.width - Theme.size.dot - cell.spacing - (tag.visible ? tag.width + cell.spacing : 0))
        height: parent.height
        text: cell.text
        elide: Text.ElideMiddle
        font.pixelSize: Theme.font.small
        font.weight: Font.DemiBold
    }
    Tag {
        id: tag
        visible: text.length > 0
        anchors.verticalCenter: parent.verticalCenter
        text: ""
        // A long name leaves it less than half of the column, and is cut itself.
        widthMax: Math.max(cell.width * 0.42, cell.width - name.implicitWidth - Theme.size.dot - 2 * cell.spacing) - 2 * Theme.space.s
        ToolTip.text: cell.tagTip
        ToolTip.visible: hover.hovered && cell.tagTip.length > 0
        ToolTip.delay: Theme.duration.tooltip
        HoverHandler {
            id: hover
        }
    }
}
