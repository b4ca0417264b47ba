// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// The pages, and below them where clients connect.
Rectangle {
    id: rail

    required property ShellViewModel shell
    required property bool narrow

    readonly property bool isOfNow: !shell.session.time.past && !shell.session.stale   // as the counts are

    color: Theme.color.panel
    implicitWidth: narrow ? Theme.size.railNarrow : Theme.size.rail

    Row {
        id: brand
        x: rail.narrow ? (rail.width - Theme.size.logo) / 2 : Theme.space.l + 2
        height: Theme.size.topBar
        spacing: Theme.space.s + 2
        SvgIcon {
            name: "logo"
            color: Theme.color.accent
            width: Theme.size.logo
            height: Theme.size.logo
            anchors.verticalCenter: parent.verticalCenter
        }
        Label {
            visible: !rail.narrow
            text: "Millrace"
            font.pixelSize: Theme.font.brand
            font.weight: Font.DemiBold
            anchors.verticalCenter: parent.verticalCenter
        }
    }

    Column {
        anchors.top: brand.bottom
        anchors.topMargin: Theme.space.xs
        x: Theme.space.s + 2
        width: parent.width - 2 * x
        spacing: 1
        Accessible.role: Accessible.PageTabList
        Accessible.name: qsTr("Pages")

        Repeater {
            model: rail.shell.pages
            Rectangle {
                id: entry
                required property int index
                required property string title
                required property string icon
                required property string countText
                required property string countTip
                readonly property string tip: rail.isOfNow ? countTip : ""
                readonly property bool current: rail.shell.page === index

                objectName: "rail-" + title
                width: parent ? parent.width : 0
                height: Theme.size.railRow
                radius: Theme.size.radiusSmall
                color: current ? Theme.color.raised : hover.hovered ? Theme.faint(Theme.color.raised, 0.6) : "transparent"
                activeFocusOnTab: true
                Accessible.role: Accessible.PageTab
                Accessible.name: title
                Accessible.description: tip
                Accessible.selected: current
                Accessible.onPressAction: rail.shell.page = index
                Keys.onReturnPressed: rail.shell.page = index
                Keys.onSpacePressed: rail.shell.page = index
                Keys.onUpPressed: nextItemInFocusChain(false).forceActiveFocus(Qt.BacktabFocusReason)
                Keys.onDownPressed: nextItemInFocusChain(true).forceActiveFocus(Qt.TabFocusReason)

                Rectangle {
                    visible: entry.current
                    width: Theme.size.mark
                    y: Theme.size.radiusSmall
                    height: parent.height - 2 * y
                    radius: width / 2
                    color: Theme.color.accent
                }
                SvgIcon {
                    id: symbol
                    x: rail.narrow ? (entry.width - width) / 2 : Theme.space.s + 1
                    anchors.verticalCenter: parent.verticalCenter
                    name: entry.icon
                    color: entry.current ? Theme.color.text : Theme.color.textSecond
                    width: Theme.size.icon
                    height: Theme.size.icon
                }
                Label {
                    visible: !rail.narrow
                    anchors.left: symbol.right
                    anchors.leftMargin: Theme.space.s + 2
                    anchors.right: count.left
                    height: parent.height
                    text: entry.title
                    color: entry.current ? Theme.color.text : Theme.color.textSecond
                    font.weight: entry.current ? Font.DemiBold : Font.Normal
                }
                Label {
                    id: count
                    visible: !rail.narrow && rail.isOfNow
                    anchors.right: parent.right
                    anchors.rightMargin: Theme.space.s + 2
                    anchors.verticalCenter: parent.verticalCenter
                    text: entry.countText
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
                HoverHandler {
                    id: hover
                    cursorShape: Qt.PointingHandCursor
                }
                TapHandler {
                    onTapped: rail.shell.page = entry.index
                }
                ToolTip.text: entry.tip.length === 0 ? entry.title : rail.narrow ? entry.title + " · " + entry.tip : entry.tip
                ToolTip.visible: hover.hovered && (rail.narrow || entry.tip.length > 0)
                ToolTip.delay: Theme.duration.tooltip
                FocusRing {
                    shown: entry.activeFocus
                }
            }
        }
    }

    Column {
        visible: !rail.narrow && rail.shell.engine.endpoint.length > 0
        x: Theme.space.l + 2
        width: parent.width - 2 * x
        anchors.bottom: parent.bottom
        anchors.bottomMargin: Theme.space.m
        spacing: Theme.space.s - 2
        Item {
            width: parent.width
            height: Theme.size.endpoint
            Label {
                id: address
                height: parent.height
                width: parent.width - copyButton.width
                text: rail.shell.engine.endpoint
                color: Theme.color.textSecond
                font.pixelSize: Theme.font.small
            }
            Button {
                id: copyButton
                anchors.right: parent.right
                implicitHeight: Theme.size.endpoint
                icon.name: "copy"
                flat: true
                ToolTip.text: qsTr("Copy the endpoint")
                onClicked: snippets.popup()
            }
        }
        Row {
            spacing: Theme.space.xs
            Tag {
                text: "OpenAI"
            }
            Tag {
                text: "KServe v2"
            }
        }
    }

    Menu {
        id: snippets
        MenuItem {
            icon.name: "copy"
            text: qsTr("Copy endpoint")
            onTriggered: rail.shell.copy("http://" + rail.shell.engine.endpoint, qsTr("Endpoint"))
        }
        MenuItem {
            icon.name: "copy"
            text: qsTr("Copy as curl")
            enabled: rail.shell.engine.curl.length > 0
            onTriggered: rail.shell.copy(rail.shell.engine.curl, qsTr("curl command"))
        }
        MenuItem {
            icon.name: "copy"
            text: qsTr("Copy as Python")
            enabled: rail.shell.engine.python.length > 0
            onTriggered: rail.shell.copy(rail.shell.engine.python, qsTr("Python code"))
        }
    }

    Rectangle {
        anchors.right: parent.right
        width: Theme.space.hair
        height: parent.height
        color: Theme.color.line
    }
}
