// SPDX-License-Identifier: GPL-3.0-or-later
import QtQuick
import Millrace.Desktop

// A column of numbers: set right, and with the largest on top when first sorted by it.
TableColumn {
    descendingFirst: true
    alignRight: true
}
