// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace

// One of a few words.
Btn {
    id: choice

    required property list<string> options
    required property string current
    property string label
    signal chosen(string option)
    signal chosenIndex(int index)

    text: current
    trailing: "chevron-down"
    Accessible.role: Accessible.ComboBox
    Accessible.name: label.length > 0 ? label + ": " + current : current
    onClicked: menu.popup(choice, 0, choice.height + 4)

    MenuList {
        id: menu
        Repeater {
            model: choice.options
            MenuEntry {
                required property string modelData
                required property int index
                text: modelData
                checkable: true
                checked: modelData === choice.current
                onTriggered: {
                    choice.chosen(modelData);
                    choice.chosenIndex(index);
                }
            }
        }
    }
}
