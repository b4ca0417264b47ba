// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style

// What can be done with the chosen request; set what it is about, then popup().
Menu {
    id: menu

    required property ShellViewModel shell
    required property RequestsViewModel page
    property bool open       // in flight
    property double batchId
    property int batchCount
    property bool unfolded
    signal filterRequested(text: string)

    MenuItem {
        objectName: "fold"
        visible: menu.batchCount > 1
        height: visible ? implicitHeight : 0
        text: menu.unfolded ? qsTr("Fold batch") : qsTr("Unfold batch")
        icon.name: menu.unfolded ? "chevron-down" : "chevron-right"
        onTriggered: menu.page.requests.toggleBatch(menu.batchId)
    }
    MenuItem {
        text: qsTr("Cancel request")
        icon.name: "cross"
        enabled: menu.page.cancellable && menu.open
        onTriggered: menu.page.cancel()
    }
    MenuItem {
        text: qsTr("Copy as curl")
        icon.name: "copy"
        enabled: menu.page.chosenCurl.length > 0
        onTriggered: menu.shell.copy(menu.page.chosenCurl, qsTr("curl command"))
    }
    MenuItem {
        text: qsTr("Only this model")
        icon.name: "filter"
        onTriggered: menu.filterRequested("model:" + menu.page.chosenModel)
    }
    MenuItem {
        text: qsTr("Only this batch")
        icon.name: "filter"
        enabled: menu.page.chosenBatch > 0
        onTriggered: menu.filterRequested("batch:" + menu.page.chosenBatch)
    }
    MenuItem {
        text: qsTr("Save all fields as CSV")
        icon.name: "download"
        onTriggered: menu.shell.saveText("requests", "csv", menu.page.csv())
    }
}
