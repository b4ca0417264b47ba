// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The settings: groups, the form or its JSON twin, and what a change would do.
Item {
    id: settings

    required property ShellViewModel shell
    required property SettingsViewModel page

    readonly property int margin: Theme.space.xl
    readonly property bool wide: width > Theme.size.settingsWide
    readonly property bool writable: page.session.writable

    Connections {
        target: settings.shell
        enabled: settings.page.active
        function onFindRequested() {
            groups.focusSearch();
        }
    }
    // A text field takes these keys for itself while it has an edit to undo.
    Shortcut {
        sequence: "Ctrl+Z"
        enabled: settings.page.active && settings.page.canUndo
        onActivated: settings.page.undo()
    }
    Shortcut {
        sequences: ["Ctrl+Shift+Z", "Ctrl+Y"]
        enabled: settings.page.active && settings.page.canRedo
        onActivated: settings.page.redo()
    }
    Shortcut {
        sequence: "Ctrl+Shift+Return"
        enabled: settings.page.active && settings.page.applicable
        onActivated: settings.page.apply(true)
    }

    SettingsGroups {
        id: groups
        page: settings.page
        x: settings.margin
        y: settings.margin
        width: settings.wide ? Theme.size.groups : Theme.size.groupsNarrow
        height: parent.height - 2 * y
    }

    Card {
        id: form
        anchors.left: groups.right
        anchors.leftMargin: Theme.space.m
        anchors.right: side.left
        anchors.rightMargin: Theme.space.m
        anchors.top: groups.top
        anchors.bottom: groups.bottom

        Item {
            id: formHead
            x: Theme.space.l
            width: parent.width - 2 * x
            height: Theme.size.filterBar
            Row {
                height: parent.height
                width: tools.x - Theme.space.m
                spacing: Theme.space.s
                clip: true
                Dot {
                    visible: settings.page.groupStage !== Stage.None && !settings.page.asJson
                    color: Tones.stage(settings.page.groupStage)
                    anchors.verticalCenter: parent.verticalCenter
                }
                Label {
                    height: parent.height
                    width: Math.min(implicitWidth, Math.max(0, parent.width - x))
                    text: settings.page.asJson ? qsTr("Configuration as JSON") : settings.page.groupTitle
                    font.weight: Font.DemiBold
                }
            }
            Row {
                id: tools
                anchors.right: parent.right
                anchors.verticalCenter: parent.verticalCenter
                spacing: Theme.space.xs
                Button {
                    objectName: "undo"
                    visible: settings.page.canUndo || settings.page.canRedo
                    enabled: settings.page.canUndo
                    icon.name: "undo"
                    flat: true
                    ToolTip.text: qsTr("Undo the last edit (Ctrl+Z)")
                    onClicked: settings.page.undo()
                }
                Button {
                    objectName: "redo"
                    visible: settings.page.canUndo || settings.page.canRedo
                    enabled: settings.page.canRedo
                    icon.name: "redo"
                    flat: true
                    ToolTip.text: qsTr("Redo (Ctrl+Shift+Z)")
                    onClicked: settings.page.redo()
                }
                Button {
                    id: addBackend
                    objectName: "add-backend"
                    visible: settings.page.group === "backends" && !settings.page.asJson && settings.page.query.length === 0
                    enabled: settings.writable
                    icon.name: "plus"
                    text: qsTr("Add backend")
                    onClicked: {
                        presets.active = true;
                        (presets.object as Menu).popup(addBackend, 0, addBackend.height + Theme.space.xs);
                    }
                    // Made when first asked for: the rows of a page that is made in slices come in any order, and a menu
                    // cannot put them into theirs.
                    Instantiator {
                        id: presets
                        active: false
                        Menu {
                            Repeater {
                                model: settings.page.backendPresets
                                MenuItem {
                                    required property string modelData
                                    required property int index
                                    objectName: "preset-" + index
                                    text: modelData
                                    onTriggered: settings.page.addBackend(index)
                                }
                            }
                        }
                    }
                }
                Button {
                    objectName: "as-form"
                    text: qsTr("Form")
                    checked: !settings.page.asJson
                    onClicked: settings.page.asJson = false
                }
                Button {
                    objectName: "as-json"
                    text: qsTr("JSON")
                    checked: settings.page.asJson
                    onClicked: settings.page.asJson = true
                }
            }
        }
        Label {
            id: help
            x: Theme.space.l
            anchors.top: formHead.bottom
            anchors.topMargin: -Theme.space.s
            width: parent.width - 2 * x
            bottomPadding: Theme.space.s
            visible: text.length > 0
            text: settings.page.asJson ? qsTr("only what differs from the defaults") : settings.page.groupHelp
            color: Theme.color.textSecond
            font.pixelSize: Theme.font.small
            verticalAlignment: Text.AlignTop
            wrapMode: Text.Wrap
        }
        SettingsForm {
            id: list
            objectName: "settings"
            page: settings.page
            visible: !settings.page.asJson
            x: Theme.space.l
            anchors.top: help.visible ? help.bottom : formHead.bottom
            anchors.bottom: parent.bottom
            anchors.bottomMargin: 1
            width: parent.width - 2 * x
        }
        SettingsJson {
            shell: settings.shell
            page: settings.page
            visible: settings.page.asJson && settings.page.phase === SettingsViewModel.Ready
            x: Theme.space.l
            anchors.top: help.visible ? help.bottom : formHead.bottom
            anchors.bottom: parent.bottom
            anchors.bottomMargin: Theme.space.l
            width: parent.width - 2 * x
        }
        PlaceholderMessage {
            visible: settings.page.phase !== SettingsViewModel.Ready || (!settings.page.asJson && list.count === 0)
            anchors.centerIn: parent
            iconName: settings.page.phase === SettingsViewModel.Failed ? "error" : "settings"
            title: settings.page.phase === SettingsViewModel.Loading ? (settings.writable ? qsTr("Loading settings") : qsTr("Settings are not available")) : settings.page.phase === SettingsViewModel.Failed ? qsTr("No settings") : settings.page.query === "@modified" ? qsTr("Everything is at its default") : qsTr("No settings match")
            text: settings.page.phase === SettingsViewModel.Failed ? settings.page.problem : settings.writable ? "" : settings.page.session.whyReadOnly
            action: settings.page.phase === SettingsViewModel.Ready ? qsTr("Clear search") : ""
            onActionTriggered: settings.page.query = ""
        }
    }

    SettingsSide {
        id: side
        shell: settings.shell
        page: settings.page
        anchors.right: parent.right
        anchors.rightMargin: settings.margin
        anchors.top: groups.top
        anchors.bottom: groups.bottom
        width: settings.wide ? Theme.size.side : Theme.size.sideNarrow
    }
}
