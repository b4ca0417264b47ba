// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style

// What can be done with a model; set what it is about, then popup().
Menu {
    id: menu

    required property ShellViewModel shell
    required property ModelsViewModel page
    property string name
    property bool pinned
    property bool canLoad
    property bool canUnload
    property bool canPin
    property bool preloads
    property string fixed   // why its rules cannot be changed; empty: they can
    readonly property bool writable: page.session.writable

    onAboutToShow: preloadItem.checked = menu.preloads   // a click changes it, too

    MenuItem {
        text: qsTr("Load")
        icon.name: "download"
        enabled: menu.writable && menu.canLoad
        onTriggered: menu.page.load(menu.name)
    }
    MenuItem {
        text: qsTr("Unload")
        icon.name: "eject"
        enabled: menu.writable && menu.canUnload
        onTriggered: menu.page.unload(menu.name)
    }
    MenuItem {
        text: menu.pinned ? qsTr("Unpin") : qsTr("Pin: keep in memory")
        icon.name: "pin"
        enabled: menu.writable && menu.canPin
        onTriggered: menu.page.pin(menu.name, !menu.pinned)
    }
    MenuItem {
        objectName: "idle-ttl-item"
        text: qsTr("Unload when unused for…")
        icon.name: "clock"
        enabled: menu.writable && menu.fixed.length === 0
        onTriggered: menu.page.editIdleTtl(menu.name)
    }
    MenuItem {
        id: preloadItem
        objectName: "preload-item"
        text: qsTr("Preload this model")
        checkable: true
        enabled: menu.writable && menu.fixed.length === 0
        onTriggered: menu.page.setPreload(menu.name, checked)
    }
    MenuItem {
        objectName: "rules-fixed"
        visible: menu.fixed.length > 0
        height: visible ? implicitHeight : 0
        text: menu.fixed
        icon.name: "info"
        enabled: false
    }
    MenuItem {
        text: qsTr("Copy name")
        icon.name: "copy"
        onTriggered: menu.shell.copy(menu.name, qsTr("name of the model"))
    }
}
