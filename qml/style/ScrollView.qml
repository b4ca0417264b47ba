// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import QtQuick.Templates as T
import Millrace.Desktop
import Millrace.Theme

// Scrolls what is larger than it.
T.ScrollView {
    id: view

    implicitWidth: contentWidth + leftPadding + rightPadding
    implicitHeight: contentHeight + topPadding + bottomPadding
    clip: true

    // The item to keep visible, and for how many more layouts, unless something else scrolls.
    property Item sought: null
    property int soughtFor: 0
    property real leftAt: 0
    // A property: among the children it would make the view's Flickable before its scroll bars are there.
    readonly property Timer again: Timer {
        interval: Theme.duration.frame
        repeat: true
        running: view.sought !== null
        onTriggered: {
            if (--view.soughtFor < 0 || (view.contentItem as Flickable).contentY !== view.leftAt)
                view.sought = null;
            else
                view.scrollTo(view.sought);
        }
    }

    // What the keyboard goes to is seen. A property, as above.
    readonly property FocusFollower follower: FocusFollower {
        within: view
        onEntered: item => view.reveal(item)
    }

    // So far that the whole of an item below is seen, as near as it goes; also when the page, which may just have been
    // made, gets its layout only now.
    function reveal(item: Item) {
        view.sought = item;
        view.soughtFor = 8;
        view.scrollTo(item);
    }
    function scrollTo(item: Item) {
        const flickable = view.contentItem as Flickable;
        const top = item.mapToItem(flickable.contentItem, 0, 0).y;
        const lowest = Math.max(0, flickable.contentHeight - flickable.height);
        if (top < flickable.contentY)
            flickable.contentY = Math.max(0, top - Theme.space.m);
        else if (top + item.height > flickable.contentY + flickable.height)
            flickable.contentY = Math.min(lowest, Math.min(top - Theme.space.m, top + item.height + Theme.space.m - flickable.height));
        view.leftAt = flickable.contentY;
    }

    ScrollBar.vertical: ScrollBar {
        parent: view
        x: view.width - width
        y: view.topPadding
        height: view.availableHeight
    }
    ScrollBar.horizontal: ScrollBar {
        parent: view
        x: view.leftPadding
        y: view.height - height
        width: view.availableWidth
    }
}
