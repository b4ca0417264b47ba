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
    readonly property bool wide: width > 1080
    readonly property bool writable: page.session.writable
    property bool asJson: false

    Connections {
        target: settings.shell
        function onFindRequested() {
            if (settings.page.active)
                search.forceActiveFocus();
        }
    }

    Card {
        id: groups
        x: settings.margin
        y: settings.margin
        width: settings.wide ? 190 : 164
        height: parent.height - 2 * y

        TextField {
            id: search
            objectName: "search-settings"
            x: Theme.space.m
            y: Theme.space.m
            width: parent.width - 2 * x
            iconName: "search"
            placeholderText: qsTr("Search settings")
            text: settings.page.query
            onTextEdited: settings.page.query = text
            Keys.onEscapePressed: settings.page.query = ""
        }
        Button {
            id: modified
            x: Theme.space.m
            anchors.top: search.bottom
            anchors.topMargin: Theme.space.xs
            implicitHeight: 26
            flat: true
            font.pixelSize: Theme.font.small
            text: "@modified"
            checked: settings.page.query === "@modified"
            ToolTip.text: qsTr("Only what differs from its default")
            onClicked: settings.page.query = checked ? "" : "@modified"
        }
        ListView {
            id: groupList
            x: Theme.space.s
            anchors.top: modified.bottom
            anchors.topMargin: Theme.space.xs
            anchors.bottom: parent.bottom
            width: parent.width - 2 * x
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            model: settings.page.groups
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Groups of settings")
            delegate: Rectangle {
                id: group
                required property string groupId
                required property string title
                required property string stage
                required property int staged
                required property int problems
                readonly property bool current: settings.page.group === groupId && settings.page.query.length === 0
                width: groupList.width
                height: 31
                radius: Theme.size.radiusSmall
                color: current ? Theme.color.raised : groupHover.hovered ? Theme.faint(Theme.color.raised, 0.6) : "transparent"
                activeFocusOnTab: true
                Accessible.role: Accessible.ListItem
                Accessible.name: title
                Accessible.onPressAction: settings.page.group = groupId
                Keys.onReturnPressed: settings.page.group = groupId
                Keys.onSpacePressed: settings.page.group = groupId
                Rectangle {
                    visible: group.current
                    width: 3
                    y: 6
                    height: parent.height - 12
                    radius: 1.5
                    color: Theme.color.accent
                }
                Dot {
                    x: Theme.space.s + 2
                    anchors.verticalCenter: parent.verticalCenter
                    color: group.stage.length > 0 ? Theme.stageColor(group.stage) : Theme.color.textThird
                }
                Label {
                    x: Theme.space.xl + 6
                    height: parent.height
                    width: count.x - x - 4
                    text: group.title
                    font.weight: group.current ? Font.DemiBold : Font.Normal
                    color: group.current ? Theme.color.text : Theme.color.textSecond
                }
                Row {
                    id: count
                    anchors.right: parent.right
                    anchors.rightMargin: Theme.space.s
                    anchors.verticalCenter: parent.verticalCenter
                    spacing: 3
                    SvgIcon {
                        visible: group.problems > 0
                        name: "error"
                        color: Theme.color.critical
                        width: 13
                        height: 13
                    }
                    Label {
                        visible: group.staged > 0
                        text: group.staged
                        color: Theme.color.accent
                        font.pixelSize: Theme.font.small
                    }
                }
                HoverHandler {
                    id: groupHover
                }
                TapHandler {
                    onTapped: settings.page.group = group.groupId
                }
                FocusRing {
                    shown: group.activeFocus
                    radius: parent.radius
                }
            }
        }
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
            height: 54
            Row {
                height: parent.height
                width: looks.x - Theme.space.m
                spacing: Theme.space.s
                clip: true
                Dot {
                    visible: settings.page.groupStage.length > 0 && !settings.asJson
                    color: Theme.stageColor(settings.page.groupStage)
                    anchors.verticalCenter: parent.verticalCenter
                }
                Label {
                    id: groupTitle
                    height: parent.height
                    text: settings.asJson ? qsTr("Configuration as JSON") : settings.page.groupTitle
                    font.weight: Font.DemiBold
                }
                Label {
                    height: parent.height
                    width: Math.max(0, parent.width - x)
                    text: settings.asJson ? qsTr("only what differs from the defaults") : settings.page.groupHelp
                    color: Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                }
            }
            Row {
                id: looks
                anchors.right: parent.right
                anchors.verticalCenter: parent.verticalCenter
                spacing: Theme.space.xs
                Button {
                    visible: settings.page.group === "backends" && !settings.asJson && settings.page.query.length === 0
                    enabled: settings.writable
                    text: qsTr("Add backend")
                    onClicked: settings.page.addBackend()
                }
                Button {
                    text: qsTr("Form")
                    checked: !settings.asJson
                    onClicked: settings.asJson = false
                }
                Button {
                    text: qsTr("JSON")
                    checked: settings.asJson
                    onClicked: settings.asJson = true
                }
            }
        }
        ListView {
            id: list
            objectName: "settings"
            visible: !settings.asJson
            x: Theme.space.l
            anchors.top: formHead.bottom
            anchors.bottom: parent.bottom
            anchors.bottomMargin: 1
            width: parent.width - 2 * x
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            model: settings.page.settings
            cacheBuffer: 2000
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Settings")
            ScrollBar.vertical: ScrollBar {}
            section.property: "section"
            section.delegate: Label {
                required property string section
                visible: section.length > 0
                height: section.length > 0 ? 34 : 0
                verticalAlignment: Text.AlignBottom
                bottomPadding: 4
                text: section
                color: Theme.color.textThird
                font.pixelSize: Theme.font.small
            }
            delegate: SettingField {
                width: list.width - Theme.space.m
                writable: settings.writable
                onEdited: text => settings.page.stage(path, text)
                onUndone: settings.page.unstage(path)
                onResetAsked: settings.page.resetToDefault(path)
            }
        }
        Item {
            visible: settings.asJson
            x: Theme.space.l
            anchors.top: formHead.bottom
            anchors.bottom: parent.bottom
            anchors.bottomMargin: Theme.space.l
            width: parent.width - 2 * x

            Rectangle {
                anchors.fill: parent
                anchors.bottomMargin: 44
                color: Theme.color.raised
                border.color: settings.page.jsonProblem.length > 0 ? Theme.color.critical : area.activeFocus ? Theme.color.accent : Theme.color.line
                radius: Theme.size.radiusSmall
                Flickable {
                    id: jsonFlick
                    anchors.fill: parent
                    anchors.margins: 2
                    clip: true
                    boundsBehavior: Flickable.StopAtBounds
                    contentWidth: width
                    contentHeight: area.implicitHeight
                    ScrollBar.vertical: ScrollBar {}
                    TextEdit {
                        id: area
                        width: jsonFlick.width
                        padding: Theme.space.m
                        readOnly: !settings.writable
                        text: settings.page.json
                        color: Theme.color.text
                        selectionColor: Theme.color.accent
                        selectedTextColor: Theme.color.accentInk
                        font.family: Theme.font.mono
                        font.pixelSize: Theme.font.small
                        wrapMode: TextEdit.Wrap
                        selectByMouse: true
                        textFormat: TextEdit.PlainText
                        Accessible.role: Accessible.EditableText
                        Accessible.name: qsTr("Configuration as JSON")
                    }
                }
            }
            Row {
                anchors.bottom: parent.bottom
                spacing: Theme.space.s
                Button {
                    enabled: settings.writable
                    text: qsTr("Stage")
                    highlighted: true
                    ToolTip.text: qsTr("Have the engine judge this configuration; nothing is applied yet")
                    onClicked: settings.page.stageJson(area.text)
                }
                Button {
                    text: qsTr("Copy")
                    icon.name: "copy"
                    onClicked: settings.shell.copy(area.text, qsTr("Configuration"))
                }
                Button {
                    text: qsTr("Export")
                    icon.name: "download"
                    onClicked: settings.shell.saveText("configuration", "json", area.text)
                }
                Label {
                    height: Theme.size.control
                    width: 300
                    text: settings.page.jsonProblem
                    color: Theme.color.critical
                    font.pixelSize: Theme.font.small
                }
            }
        }
        PlaceholderMessage {
            visible: settings.page.phase !== SettingsViewModel.Ready || (!settings.asJson && list.count === 0)
            anchors.centerIn: parent
            symbol: settings.page.phase === SettingsViewModel.Failed ? "error" : "settings"
            title: settings.page.phase === SettingsViewModel.Loading ? qsTr("Asking the engine for its settings") : settings.page.phase === SettingsViewModel.Failed ? qsTr("No settings") : qsTr("No setting answers this search")
            text: settings.page.phase === SettingsViewModel.Failed ? settings.page.problem : ""
            action: settings.page.phase === SettingsViewModel.Ready ? qsTr("Clear search") : ""
            onActed: settings.page.query = ""
        }
    }

    Card {
        id: side
        anchors.right: parent.right
        anchors.rightMargin: settings.margin
        anchors.top: groups.top
        anchors.bottom: groups.bottom
        width: settings.wide ? 332 : 270
        clip: true

        Flickable {
            anchors.fill: parent
            contentHeight: sideColumn.height + 2 * Theme.space.l
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            ScrollBar.vertical: ScrollBar {}

            Column {
                id: sideColumn
                x: Theme.space.l
                y: Theme.space.l
                width: parent.width - 2 * x
                spacing: Theme.space.s + 2

                Row {
                    spacing: Theme.space.s
                    Label {
                        height: 20
                        text: qsTr("Pending changes")
                        font.weight: Font.DemiBold
                    }
                    Tag {
                        visible: settings.page.stagedCount > 0
                        text: settings.page.stagedCount
                        ink: Theme.color.text
                    }
                }
                ChangeTable {
                    visible: settings.page.stagedCount > 0
                    width: parent.width
                    changes: settings.page.pending
                    titleHead: qsTr("Setting")
                    beforeHead: qsTr("Now")
                    afterHead: qsTr("New")
                }
                Label {
                    width: parent.width
                    text: settings.page.stagedCount === 0 ? qsTr("Change a value: it is staged here first, judged by the engine, and applied when you say so.") : settings.page.whyNot.length > 0 ? settings.page.whyNot : qsTr("Guarded apply measures before and after, and takes the change back by itself if p99 or errors get worse.")
                    color: Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                    lineHeight: 1.2
                    wrapMode: Text.Wrap
                }
                Label {
                    visible: text.length > 0 && settings.page.phase !== SettingsViewModel.Failed
                    width: parent.width
                    text: settings.page.problem
                    color: Theme.color.critical
                    font.pixelSize: Theme.font.small
                    wrapMode: Text.Wrap
                }
                Flow {
                    visible: settings.page.stagedCount > 0
                    width: parent.width
                    spacing: Theme.space.s
                    Button {
                        objectName: "apply-guarded"
                        text: qsTr("Apply guarded")
                        highlighted: true
                        enabled: settings.page.applicable
                        ToolTip.text: settings.page.whyNot
                        onClicked: settings.page.apply(true)
                    }
                    Button {
                        objectName: "apply"
                        text: qsTr("Apply")
                        enabled: settings.page.applicable
                        ToolTip.text: settings.page.whyNot
                        onClicked: settings.page.apply(false)
                    }
                    Button {
                        objectName: "discard"
                        text: qsTr("Discard")
                        onClicked: settings.page.discard()
                    }
                }
                Button {
                    visible: text.length > 0
                    enabled: settings.writable
                    icon.name: "undo"
                    text: settings.page.undoText
                    onClicked: settings.page.undo()
                }

                Label {
                    visible: effectTable.visible
                    height: 28
                    text: settings.page.effectTitle
                    font.weight: Font.DemiBold
                }
                ChangeTable {
                    id: effectTable
                    visible: count > 0
                    width: parent.width
                    changes: settings.page.effect
                    titleHead: ""
                    beforeHead: qsTr("Before")
                    afterHead: qsTr("After")
                }

                Label {
                    height: 28
                    text: qsTr("History")
                    font.weight: Font.DemiBold
                }
                Label {
                    visible: history.count === 0
                    width: parent.width
                    text: qsTr("No change was applied yet.")
                    color: Theme.color.textSecond
                    font.pixelSize: Theme.font.small
                }
                Column {
                    width: parent.width
                    Repeater {
                        id: history
                        model: settings.page.revisions
                        Rectangle {
                            id: revision
                            required property double revision
                            required property string timeText
                            required property string author
                            required property string text
                            required property bool inForce
                            required property bool chosen
                            width: sideColumn.width
                            height: 44
                            color: chosen ? Theme.color.raised : revisionHover.hovered ? Theme.faint(Theme.color.raised, 0.5) : "transparent"
                            radius: Theme.space.xs
                            activeFocusOnTab: true
                            Accessible.role: Accessible.ListItem
                            Accessible.name: qsTr("Revision %1, %2").arg(revision).arg(text)
                            Accessible.onPressAction: settings.page.chooseRevision(revision)
                            Keys.onReturnPressed: settings.page.chooseRevision(revision)
                            Label {
                                x: Theme.space.s
                                width: 34
                                height: 26
                                text: revision.revision
                                color: revision.inForce ? Theme.color.ok : Theme.color.textSecond
                                font.weight: revision.inForce ? Font.DemiBold : Font.Normal
                                font.pixelSize: Theme.font.small
                            }
                            Label {
                                x: 42
                                width: parent.width - x - back.width - Theme.space.s
                                height: 26
                                text: revision.text
                                font.pixelSize: Theme.font.small
                            }
                            Label {
                                x: 42
                                y: 22
                                text: revision.timeText + (revision.author.length > 0 ? " · " + revision.author : "") + (revision.inForce ? " · " + qsTr("in force") : "")
                                color: Theme.color.textThird
                                font.pixelSize: Theme.font.tiny
                            }
                            Button {
                                id: back
                                visible: !revision.inForce
                                opacity: revisionHover.hovered || activeFocus || revision.chosen ? 1 : 0
                                anchors.right: parent.right
                                anchors.verticalCenter: parent.verticalCenter
                                enabled: settings.writable
                                icon.name: "undo"
                                flat: true
                                ToolTip.text: qsTr("Roll back to revision %1").arg(revision.revision)
                                onClicked: settings.page.rollBack(revision.revision)
                            }
                            HoverHandler {
                                id: revisionHover
                            }
                            TapHandler {
                                onTapped: settings.page.chooseRevision(revision.revision)
                            }
                            FocusRing {
                                shown: revision.activeFocus
                                radius: parent.radius
                            }
                        }
                    }
                }
            }
        }
    }
}
