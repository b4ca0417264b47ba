// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Style
import Millrace.Theme

// A panel with a hairline. Set `highlighted` while it is what the user was led to: it scrolls into sight, takes the keys and
// stands out.
Rectangle {
    id: card

    property bool highlighted: false
    property Item keysTo: card   // what has the keys then

    color: Theme.color.panel
    border.color: highlighted ? Theme.color.accent : Theme.color.line
    border.width: highlighted ? Theme.size.focus : Theme.space.hair
    radius: Theme.size.radius

    onHighlightedChanged: if (highlighted)
        soon.start()

    // When its page has its layout.
    Timer {
        id: soon
        interval: 0
        onTriggered: if (card.highlighted)
            card.show()
    }

    function show() {
        let view = card.parent;
        while (view && !(view instanceof ScrollView))
            view = view.parent;
        if (view)
            (view as ScrollView).reveal(card);
        card.keysTo.forceActiveFocus(Qt.OtherFocusReason);
    }
}
