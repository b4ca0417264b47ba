// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The groups of settings, and the search over all of them.
Card {
    id: groups

    required property SettingsViewModel page

    function focusSearch() {
        search.forceActiveFocus();
    }

    TextField {
        id: search
        objectName: "search-settings"
        x: Theme.space.m
        y: Theme.space.m
        width: parent.width - 2 * x
        iconName: "search"
        placeholderText: qsTr("Search settings")
        text: groups.page.query
        onTextEdited: groups.page.query = text
        Keys.onEscapePressed: groups.page.query = ""
    }
    CheckBox {
        id: modified
        objectName: "only-modified"
        x: Theme.space.m
        anchors.top: search.bottom
        anchors.topMargin: Theme.space.s
        implicitHeight: Theme.size.controlSmall
        font.pixelSize: Theme.font.small
        text: qsTr("Modified only")
        checked: groups.page.onlyModified
        ToolTip.text: qsTr("Only what differs from its default: @modified in the search")
        onToggled: groups.page.onlyModified = checked
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
        model: groups.page.groups
        Accessible.role: Accessible.List
        Accessible.name: qsTr("Groups of settings")
        delegate: Rectangle {
            id: group
            required property string groupId
            required property string title
            required property int stage
            required property int pending
            required property int problems
            readonly property bool current: groups.page.group === groupId && groups.page.query.length === 0
            width: groupList.width
            height: Theme.size.row
            radius: Theme.size.radiusSmall
            color: current ? Theme.color.raised : groupHover.hovered ? Theme.faint(Theme.color.raised, 0.6) : "transparent"
            activeFocusOnTab: true
            Accessible.role: Accessible.ListItem
            Accessible.name: title
            Accessible.onPressAction: groups.page.group = groupId
            Keys.onReturnPressed: groups.page.group = groupId
            Keys.onSpacePressed: groups.page.group = groupId
            Rectangle {
                visible: group.current
                width: Theme.size.mark
                y: Theme.size.radiusSmall
                height: parent.height - 2 * y
                radius: width / 2
                color: Theme.color.accent
            }
            Dot {
                x: Theme.space.s + 2
                anchors.verticalCenter: parent.verticalCenter
                color: group.stage !== Stage.None ? Tones.stage(group.stage) : Theme.color.textThird
            }
            Label {
                x: Theme.space.xl + Theme.space.xs
                height: parent.height
                width: count.x - x - Theme.space.xs
                text: group.title
                font.weight: group.current ? Font.DemiBold : Font.Normal
                color: group.current ? Theme.color.text : Theme.color.textSecond
            }
            Row {
                id: count
                anchors.right: parent.right
                anchors.rightMargin: Theme.space.s
                anchors.verticalCenter: parent.verticalCenter
                spacing: Theme.size.mark
                SvgIcon {
                    visible: group.problems > 0
                    name: "error"
                    color: Theme.color.critical
                    width: Theme.size.iconTiny
                    height: Theme.size.iconTiny
                }
                Label {
                    visible: group.pending > 0
                    text: group.pending
                    color: Theme.color.accent
                    font.pixelSize: Theme.font.small
                }
            }
            HoverHandler {
                id: groupHover
            }
            TapHandler {
                onTapped: groups.page.group = group.groupId
            }
            FocusRing {
                shown: group.activeFocus
                radius: parent.radius
            }
        }
    }
}
