// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QList>
#include <QtCore/QtGlobal>

namespace millrace::desktop {

/// The upper end of a y axis: round, grows at once, shrinks late, so that a chart does not breathe.
/// Pure: time comes in as an argument.
class NiceScale {
public:
    static constexpr qint64 kShrinkAfterMs = 10'000;
    enum Rounding { Decimal, Binary };  ///< Binary: round in KiB, MiB, … as bytes are written

    /// Room for `most`; never less than `least`.
    double update(double most, double least, qint64 nowMs, Rounding rounding = Decimal);
    double top() const { return top_; }
    void reset() { top_ = 0; }

    /// To 1, 1.2, 1.6, 2, 2.5, 3, 4, 5, 6, 8 × 10ⁿ; binary the same of the largest unit that fits.
    static double roundUp(double value, Rounding rounding = Decimal);
    /// Four or five, at round values, ends included.
    static QList<double> ticks(double from, double to, Rounding rounding = Decimal);

private:
    double top_ = 0;
    qint64 smallSinceMs_ = 0;
};

}  // namespace millrace::desktop
