// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// What happened, newest first.
Item {
    id: events

    required property ShellViewModel shell
    required property EventsViewModel page

    readonly property int margin: Theme.space.xl
    readonly property bool now: shell.session.time.past   // events go on being listed, each with its own time

    Connections {
        target: events.shell
        function onFindRequested() {
            if (events.page.active)
                query.forceActiveFocus();
        }
    }

    Card {
        id: bar
        x: events.margin
        y: events.margin
        width: parent.width - 2 * x
        height: Theme.size.filterBar

        TextField {
            id: query
            objectName: "query"
            x: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
            width: Theme.size.queryWide
            iconName: "filter"
            placeholderText: qsTr("Filter events")
            onTextChanged: events.page.events.query = text
        }
        NowTag {
            id: nowTag
            visible: events.now
            anchors.left: query.right
            anchors.leftMargin: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
        }
        Label {
            anchors.left: nowTag.visible ? nowTag.right : query.right
            anchors.leftMargin: Theme.space.m
            height: parent.height
            text: events.page.countText + (events.page.limitText.length > 0 ? " · " + events.page.limitText : "")
            color: Theme.color.textThird
            font.pixelSize: Theme.font.small
        }
        Row {
            anchors.right: parent.right
            anchors.rightMargin: Theme.space.m
            anchors.verticalCenter: parent.verticalCenter
            spacing: Theme.space.s
            ComboBox {
                radius: height / 2
                Accessible.name: qsTr("Severity")
                // The place of each is its EventList.Severity.
                model: [qsTr("All severities"), qsTr("Notices and above"), qsTr("Warnings and above"), qsTr("Errors only")]
                currentIndex: events.page.events.severityMin
                onActivated: index => events.page.events.severityMin = index
            }
            RoundButton {
                objectName: "follow"
                icon.name: events.page.follow ? "live" : "pause"
                text: qsTr("Follow")
                checkable: true
                checked: events.page.follow
                ToolTip.text: events.page.follow ? qsTr("Freeze the list; new entries are counted") : qsTr("Show events as they arrive")
                onToggled: events.page.follow = checked
            }
        }
    }

    EventsTable {
        x: events.margin
        anchors.top: bar.bottom
        anchors.topMargin: Theme.space.m
        anchors.bottom: parent.bottom
        anchors.bottomMargin: events.margin
        width: parent.width - 2 * x
        shell: events.shell
        page: events.page
        onFilterRequested: text => query.text = text
    }
}
