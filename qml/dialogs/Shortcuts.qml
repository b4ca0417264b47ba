// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Templates as T
import Millrace
import Millrace.Style
import Millrace.Theme

// F1: what the keyboard does.
Popup {
    id: popup

    parent: T.Overlay.overlay
    anchors.centerIn: parent
    width: Theme.size.shortcuts
    padding: Theme.space.xl
    modal: true
    focus: true

    component Line: Row {
        id: line
        required property string keys
        required property string what
        height: Theme.size.shortcutRow
        spacing: Theme.space.m
        Tag {
            width: Theme.size.shortcutKeys
            widthMax: Theme.size.shortcutKeys - 2 * Theme.space.s
            text: line.keys
            ink: Theme.color.text
            anchors.verticalCenter: parent.verticalCenter
        }
        Label {
            height: parent.height
            width: popup.availableWidth - Theme.size.shortcutKeys - line.spacing
            text: line.what
            color: Theme.color.textSecond
        }
    }

    contentItem: Column { // qmllint disable deferred-property-id
        spacing: 2
        Accessible.role: Accessible.Dialog
        Accessible.name: heading.text
        Label {
            id: heading
            height: Theme.size.dialogHeading
            text: qsTr("Keyboard")
            font.pixelSize: Theme.font.heading
            font.weight: Font.DemiBold
        }
        Line {
            keys: qsTr("Ctrl+K")
            what: qsTr("find anything: pages, actions, settings, models")
        }
        Line {
            keys: qsTr("Ctrl+1 … Ctrl+9")
            what: qsTr("open a page")
        }
        Line {
            keys: qsTr("Space")
            what: qsTr("pause the view, or return to now")
        }
        Line {
            keys: qsTr("End")
            what: qsTr("return to now")
        }
        Line {
            keys: qsTr("Left, Right")
            what: qsTr("go back and forth in time")
        }
        Line {
            keys: qsTr("Ctrl+F")
            what: qsTr("find on this page")
        }
        Line {
            keys: "T"
            what: qsTr("show the focused chart as a table")
        }
        Line {
            keys: qsTr("←  →  Enter  Esc")
            what: qsTr("on a chart: move the crosshair, pin it, remove it")
        }
        Line {
            keys: qsTr("+  −  Backspace")
            what: qsTr("on a chart: shorter or longer window, zoom back")
        }
        Line {
            keys: qsTr("Ctrl+wheel")
            what: qsTr("over a chart: change the window; with Shift: pan")
        }
        Line {
            keys: "1 … 9, 0"
            what: qsTr("on a chart: one series alone, all of them")
        }
        Line {
            keys: "L"
            what: qsTr("on a chart of times: logarithmic axis")
        }
        Line {
            keys: qsTr("Tab, Shift+Tab")
            what: qsTr("move between controls")
        }
        Line {
            keys: "F1"
            what: qsTr("this list")
        }
        Item {
            width: 1
            height: Theme.space.s
        }
        Button {
            text: qsTr("Close")
            onClicked: popup.close()
        }
    }
}
