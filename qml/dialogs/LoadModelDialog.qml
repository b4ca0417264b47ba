// SPDX-License-Identifier: GPL-3.0-or-later
pragma ComponentBehavior: Bound

import QtQuick
import Millrace.Desktop
import Millrace.Style
import Millrace.Theme

// Chooses a model to load.
Dialog {
    id: dialog

    required property ModelsViewModel page

    title: qsTr("Load a model")
    onAboutToShow: {
        dialog.page.loadable.query = "";
        words.text = "";
        choices.currentIndex = 0;
    }
    onOpened: words.forceActiveFocus()
    onAccepted: dialog.page.load(dialog.page.loadable.nameAt(choices.currentIndex))

    contentItem: Column { // qmllint disable deferred-property-id
        spacing: Theme.space.s
        TextField {
            id: words
            objectName: "load-search"
            width: parent.width
            iconName: "search"
            placeholderText: qsTr("Search by name or backend")
            onTextChanged: {
                dialog.page.loadable.query = text;
                choices.currentIndex = 0;
            }
            Keys.onDownPressed: choices.incrementCurrentIndex()
            Keys.onUpPressed: choices.decrementCurrentIndex()
            Keys.onReturnPressed: dialog.accept()
            Keys.onEnterPressed: dialog.accept()
        }
        ListView {
            id: choices
            objectName: "load-choices"
            width: parent.width
            height: Theme.size.listHeight
            clip: true
            boundsBehavior: Flickable.StopAtBounds
            model: dialog.page.loadable
            Accessible.role: Accessible.List
            Accessible.name: qsTr("Models that can be loaded")
            ScrollBar.vertical: ScrollBar {}
            delegate: ItemDelegate {
                required property int index
                required property string name
                required property string memory
                width: choices.width - Theme.space.m
                text: name
                icon.name: "models"
                highlighted: ListView.isCurrentItem
                Accessible.description: memory
                onClicked: choices.currentIndex = index
                onDoubleClicked: dialog.accept()
            }
            Label {
                objectName: "load-none"
                readonly property string loaded: words.text.length > 0 && choices.count === 0 ? dialog.page.loadable.loadedMatch() : ""
                anchors.centerIn: parent
                width: Math.min(implicitWidth, parent.width)
                visible: choices.count === 0
                text: loaded.length > 0 ? qsTr("%1 is loaded already").arg(loaded) : words.text.length > 0 ? qsTr("No results") : qsTr("Every model is loaded")
                elide: Text.ElideMiddle
                color: Theme.color.textThird
            }
        }
    }
    footer: DialogButtonBox {
        Button {
            text: qsTr("Cancel")
            onClicked: dialog.reject()
        }
        Button {
            objectName: "load-accept"
            text: qsTr("Load")
            highlighted: true
            enabled: choices.count > 0 && choices.currentIndex >= 0
            onClicked: dialog.accept()
        }
    }
}
