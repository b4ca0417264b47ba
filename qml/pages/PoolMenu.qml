// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace
import Millrace.Desktop
import Millrace.Style

// What can be done with a backend's pool; set what it is about, then popup().
Menu {
    id: menu

    required property ShellViewModel shell
    required property ConnectionsViewModel page
    property string backend
    property string protocol
    property string address
    property bool draining
    readonly property bool writable: page.session.writable

    MenuItem {
        text: qsTr("Probe now")
        icon.name: "live"
        enabled: menu.writable
        onTriggered: menu.page.probe(menu.backend)
    }
    MenuItem {
        text: qsTr("Evict idle connections")
        icon.name: "eject"
        enabled: menu.writable
        onTriggered: menu.page.evictIdle(menu.backend, menu.protocol)
    }
    MenuItem {
        text: menu.draining ? qsTr("Resume") : qsTr("Drain")
        icon.name: menu.draining ? "undo" : "stop"
        enabled: menu.writable
        onTriggered: menu.page.drain(menu.backend, !menu.draining)
    }
    MenuItem {
        text: qsTr("Edit limits")
        icon.name: "settings"
        onTriggered: menu.shell.openPage(menu.page.limitPage(menu.protocol))
    }
    MenuItem {
        text: qsTr("Copy address")
        icon.name: "copy"
        enabled: menu.address.length > 0
        onTriggered: menu.shell.copy(menu.address, qsTr("address of %1").arg(menu.backend))
    }
}
