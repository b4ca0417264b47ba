// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Theme

// A coloured point beside a word that says the same.
Rectangle {
    implicitWidth: Theme.size.dot
    implicitHeight: Theme.size.dot
    radius: width / 2
}
