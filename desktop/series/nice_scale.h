// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "format/numbers.h"

#include <QtCore/QList>
#include <QtCore/QtGlobal>

namespace millrace::desktop {

/// The upper end of a y axis: a round value that grows at once and shrinks late, so that the axis is stable. Pure.
///
///     const double top = scale.update(greatest, 1, nowMs);
///     for (const double tick : NiceScale::ticks(0, top)) …
class NiceScale {
public:
    static constexpr qint64 kShrinkAfterMs = 10'000;
    enum Rounding {
        Decimal,
        Whole,  ///< for counts
        Binary  ///< for bytes: in KiB, MiB, …
    };

    static Rounding roundingFor(format::Unit unit);

    /// Room for `most`; never less than `least`.
    double update(double most, double least, qint64 nowMs, Rounding rounding = Decimal);
    double top() const { return top_; }
    void reset() { top_ = 0; }

    /// Decimal: up to 1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8 × 10ⁿ. Whole: to the next whole number of these. Binary: the
    ///         same in the
    /// largest unit that fits.
    static double roundUp(double value, Rounding rounding = Decimal);
    /// Four or five round values, including the ends; fewer for small whole numbers.
    static QList<double> ticks(double from, double to, Rounding rounding = Decimal);

private:
    double top_ = 0;
    qint64 smallSinceMs_ = 0;
};

}  // namespace millrace::desktop
