// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// One curve in the title row of its chart: its mark, its name, and its value at the crosshair, else the newest one.
// A click shows this curve alone, another one all of them.
T.AbstractButton {
    id: entry

    required property Curve curve
    property bool named: true        // else the mark stands for the only curve, whose name is the title's
    property bool reading: false     // a crosshair or cursor stands: the value is of there
    signal chosen

    implicitWidth: row.implicitWidth
    implicitHeight: Theme.size.legend
    focusPolicy: Qt.NoFocus          // the chart has keys for it: 1 … 9
    hoverEnabled: true
    opacity: curve.shown ? 1 : Theme.faded
    Accessible.role: Accessible.Button
    Accessible.name: qsTr("%1: %2").arg(curve.label).arg(curve.reading)
    Accessible.description: qsTr("Show %1 alone, or all").arg(curve.label)
    Accessible.onPressAction: entry.chosen()
    onClicked: entry.chosen()

    T.ToolTip.visible: hovered && !pressed && T.ToolTip.text.length > 0
    T.ToolTip.delay: Theme.duration.tooltip
    T.ToolTip.text: (entry.named ? qsTr("Show %1 alone, or all").arg(curve.label) : curve.label) + (curve.help.length > 0 ? (entry.named ? "." : ":") + "\n" + curve.help : "")

    contentItem: Row { // qmllint disable deferred-property-id
        id: row
        height: Theme.size.legend
        spacing: Theme.space.s - 2
        Legend {
            color: entry.curve.color
            text: entry.named ? entry.curve.label : ""
            dashed: entry.curve.dashed
            dotted: entry.curve.dotted
        }
        Label {
            objectName: "reading"
            height: parent.height
            // As wide as values usually are, so that what follows does not move.
            width: Math.max(implicitWidth, Theme.size.legendReading)
            text: entry.curve.reading
            color: entry.reading ? Theme.color.text : Theme.color.textThird
            font.pixelSize: Theme.font.small
            font.weight: entry.reading ? Font.Medium : Font.Normal
        }
        Label {
            objectName: "difference"
            height: parent.height
            visible: text.length > 0
            text: entry.curve.difference
            color: Theme.color.accent
            font.pixelSize: Theme.font.small
        }
    }
}
