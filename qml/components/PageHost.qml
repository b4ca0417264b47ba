// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop

// Holds one page: it is made when first opened and kept, so that it stays as it was left. The page of the start is made
// at once, so that the first frame shows it; later ones in slices, so that the window stays responsive.
Item {
    id: host

    required property ShellViewModel shell
    required property int index
    required property string title
    required property url pageUrl
    required property PageViewModel viewModel
    readonly property bool current: shell.page === index
    readonly property bool loading: loader.status === Loader.Loading

    visible: current
    Accessible.role: Accessible.Pane
    Accessible.name: title

    onCurrentChanged: host.make()
    Component.onCompleted: {
        host.make();
        loader.asynchronous = true;
    }

    function make() {
        if (current && loader.status === Loader.Null)
            loader.setSource(pageUrl, {
                "shell": shell,
                "page": viewModel
            });
    }

    Loader {
        id: loader
        anchors.fill: parent
    }
}
