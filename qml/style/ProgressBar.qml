// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Theme

// How far something has come.
T.ProgressBar {
    id: bar

    implicitWidth: Theme.size.fieldWidth
    implicitHeight: Theme.size.bar

    contentItem: Item {
        Rectangle {
            width: bar.indeterminate ? 0 : bar.position * parent.width
            height: parent.height
            radius: height / 2
            color: Theme.color.accent
        }
    }
    background: Rectangle {
        radius: height / 2
        color: Theme.color.grid
    }
}
