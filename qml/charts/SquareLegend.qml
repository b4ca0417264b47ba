// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace.Theme

// What each colour of a bar of shares stands for.
Row {
    id: legend

    required property list<color> colors
    required property list<string> names

    spacing: Theme.space.m

    Repeater {
        model: legend.names
        Legend {
            required property string modelData
            required property int index
            square: true
            color: legend.colors[index]
            text: modelData
        }
    }
}
