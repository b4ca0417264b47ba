// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "format/numbers.h"

#include <QtCore/QList>
#include <QtCore/QtGlobal>

namespace millrace::desktop {

/// The upper end of a y axis: round, grows at once, shrinks late, so that a chart does not breathe.
/// Pure: time comes in as an argument.
class NiceScale {
public:
    static constexpr qint64 kShrinkAfterMs = 10'000;
    enum Rounding {
        Decimal,
        Whole,  ///< of what is counted: there is no half connection
        Binary  ///< in KiB, MiB, … as bytes are written
    };

    static Rounding roundingFor(format::Unit unit);

    /// Room for `most`; never less than `least`.
    double update(double most, double least, qint64 nowMs, Rounding rounding = Decimal);
    double top() const { return top_; }
    void reset() { top_ = 0; }

    /// To 1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8 × 10ⁿ, whole to the next whole number of them; binary to the same, whole,
    /// of the largest unit that fits.
    static double roundUp(double value, Rounding rounding = Decimal);
    /// Four or five, fewer of a small whole number, at round values, ends included.
    static QList<double> ticks(double from, double to, Rounding rounding = Decimal);

private:
    double top_ = 0;
    qint64 smallSinceMs_ = 0;
};

}  // namespace millrace::desktop
