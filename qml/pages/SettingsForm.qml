// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Qt.labs.qmlmodels
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The settings of a group, or those that match a search.
ListView {
    id: list

    required property SettingsViewModel page
    readonly property bool writable: page.session.writable
    property bool focusWanted: false
    property int lit: -1  // the row that a link points to, for a moment

    clip: true
    boundsBehavior: Flickable.StopAtBounds
    model: page.settings
    cacheBuffer: Theme.size.formAhead
    Accessible.role: Accessible.List
    Accessible.name: qsTr("Settings")
    ScrollBar.vertical: ScrollBar {}

    Connections {
        target: list.page
        function onRevealed(row: int) {
            list.show(row);
        }
    }
    // The first opening of the page: it was requested before this was made.
    Component.onCompleted: list.show(list.page.revealedRow)

    function show(row: int) {
        if (row < 0)
            return;
        list.lit = row;
        list.currentIndex = row;
        list.focusWanted = true;
        list.takeFocus();
        fade.restart();
    }
    // Of a page that is being made its rows come one by one.
    onCurrentItemChanged: list.takeFocus()
    function takeFocus() {
        if (!list.focusWanted || list.currentItem === null)
            return;
        list.focusWanted = false;
        list.positionViewAtIndex(list.currentIndex, ListView.Center);
        list.currentItem.forceActiveFocus();
    }
    Timer {
        id: fade
        interval: Theme.duration.lit
        onTriggered: list.lit = -1
    }

    delegate: DelegateChooser {
        role: "rowKind"
        DelegateChoice {
            roleValue: SettingList.Field
            SettingField {
                id: field
                required property int index
                width: list.width - Theme.space.m
                writable: list.writable
                onEdited: text => list.page.edit(path, text)
                onReverted: list.page.revert(path)
                onResetRequested: list.page.reset(path)
                Rectangle {
                    z: -1
                    anchors.fill: parent
                    anchors.leftMargin: -Theme.space.s
                    radius: Theme.size.radiusSmall
                    visible: field.index === list.lit
                    color: Theme.faint(Theme.color.accent, 0.12)
                }
            }
        }
        DelegateChoice {
            roleValue: SettingList.Backend
            BackendHeading {
                required property int slot
                width: list.width - Theme.space.m
                writable: list.writable
                onTestRequested: list.page.testBackend(slot)
                onRemoveRequested: list.page.removeBackend(slot)
                onRestoreRequested: list.page.restoreBackend(slot)
            }
        }
        DelegateChoice {
            roleValue: SettingList.Heading
            SettingHeading {
                required property string path
                width: list.width - Theme.space.m
                onOpened: list.page.group = path
            }
        }
    }
}
