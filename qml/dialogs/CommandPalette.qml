// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Templates as T
import Millrace
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Ctrl+K: pages, actions, settings and models by a few letters.
Popup {
    id: popup

    required property ShellViewModel shell
    readonly property int head: Theme.size.paletteField + 2 * Theme.space.s

    parent: T.Overlay.overlay
    x: parent ? Math.round((parent.width - width) / 2) : 0
    y: Theme.size.paletteTop
    width: Theme.size.palette
    height: Math.min(Theme.size.menuHeightMax, head + Math.max(1, list.count) * Theme.size.paletteRow + Theme.space.s)
    padding: 0
    modal: true
    focus: true

    onAboutToShow: {
        popup.shell.palette.open();
        field.text = "";
        list.currentIndex = 0;
        field.forceActiveFocus();
    }

    function choose(row: int) {
        popup.close();
        popup.shell.palette.run(row);
    }

    contentItem: Item { // qmllint disable deferred-property-id
        TextField {
            id: field
            x: Theme.space.s
            y: Theme.space.s
            width: parent.width - 2 * x
            height: Theme.size.paletteField
            iconName: "search"
            placeholderText: qsTr("Find pages, actions, settings, models, backends")
            font.pixelSize: Theme.font.heading
            onTextChanged: {
                popup.shell.palette.query = text;
                list.currentIndex = 0;
            }
            Keys.onDownPressed: list.incrementCurrentIndex()
            Keys.onUpPressed: list.decrementCurrentIndex()
            Keys.onReturnPressed: popup.choose(list.currentIndex)
            Keys.onEnterPressed: popup.choose(list.currentIndex)
            Keys.onEscapePressed: popup.close()
        }
        Label {
            visible: list.count === 0
            x: Theme.space.l
            y: popup.head
            height: Theme.size.paletteRow
            text: qsTr("No results")
            color: Theme.color.textSecond
        }
        ListView {
            id: list
            anchors.fill: parent
            anchors.topMargin: popup.head
            anchors.margins: Theme.space.s
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            model: popup.shell.palette
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Matches")
            ScrollBar.vertical: ScrollBar {}
            delegate: Rectangle {
                id: row
                required property int index
                required property string title
                required property string hint
                required property string kind
                required property string icon
                width: list.width
                height: Theme.size.paletteRow
                radius: Theme.size.radiusSmall
                color: ListView.isCurrentItem ? Theme.color.raised : "transparent"
                Accessible.role: Accessible.ListItem
                Accessible.name: title + ", " + kind
                SvgIcon {
                    id: symbol
                    x: Theme.space.s
                    anchors.verticalCenter: parent.verticalCenter
                    name: row.icon
                    color: Theme.color.textSecond
                    width: Theme.size.iconMedium
                    height: Theme.size.iconMedium
                }
                Label {
                    id: titleText
                    anchors.left: symbol.right
                    anchors.leftMargin: Theme.space.s
                    width: Math.min(implicitWidth, Theme.size.paletteTitle)
                    height: parent.height
                    text: row.title
                    elide: Text.ElideMiddle
                }
                Label {
                    anchors.left: titleText.right
                    anchors.leftMargin: Theme.space.m
                    anchors.right: kindText.left
                    anchors.rightMargin: Theme.space.s
                    height: parent.height
                    text: row.hint
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.small
                }
                Label {
                    id: kindText
                    anchors.right: parent.right
                    anchors.rightMargin: Theme.space.m
                    height: parent.height
                    text: row.kind
                    color: Theme.color.textThird
                    font.pixelSize: Theme.font.tiny
                }
                HoverHandler {
                    onHoveredChanged: if (hovered)
                        list.currentIndex = row.index
                }
                TapHandler {
                    onTapped: popup.choose(row.index)
                }
            }
        }
    }
}
