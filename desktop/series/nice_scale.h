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

    /// Room for `most`; never less than `least`. Binary sizes are not used: 1 MB is a million bytes.
    double update(double most, double least, qint64 nowMs);
    double top() const { return top_; }
    void reset() { top_ = 0; }

    static double roundUp(double value);                 ///< to 1, 1.2, 1.6, 2, 2.4, 3, 4, 5, 6, 8 × 10ⁿ
    static QList<double> ticks(double from, double to);  ///< four or five, at round values, ends included

private:
    double top_ = 0;
    qint64 smallSinceMs_ = 0;
};

}  // namespace millrace::desktop
