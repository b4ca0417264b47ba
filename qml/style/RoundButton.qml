// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick

// A pill, for bars of tools.
Button {
    radius: height / 2
}
