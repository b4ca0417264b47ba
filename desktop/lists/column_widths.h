// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QList>

namespace millrace::desktop {

/// What a column of a table asks for, in pixels.
struct ColumnNeed {
    double minimum = 0;
    double weight = 0;   ///< share of what nobody needs; 0: none
    double content = 0;  ///< the widest of its texts; 0: not known
    bool fixed = false;  ///< chosen by the user: exactly `minimum`
    double claim = 1.5;  ///< of `minimum`: what its texts get before others get what nobody needs
};

/// The widths of columns in `available` pixels, one for each. Every column gets its minimum, and what is left goes
/// first to those whose texts are cut, up to their claim, to the least cut first. Where that is
/// not enough, columns with a weight whose texts need less than their minimum give up the difference (not below
/// `least`); columns of figures, whose minimum keeps them from moving their neighbours, only if nothing is cut then.
/// The rest is shared by weight. Pure.
QList<double> columnWidths(const QList<ColumnNeed>& columns, double available, double least);

}  // namespace millrace::desktop
