// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "series/nice_scale.h"

#include <QtCore/QList>
#include <QtCore/QtGlobal>

namespace millrace::desktop {

/// The position of a value on a y axis: linear from a bottom, or logarithmic over decades. Pure.
///
/// Qt Charts keeps a linear axis either way and is handed onAxis(value): its own logarithmic axis would have to be
/// exchanged, with every series, whenever the scale changes.
class PlotScale {
public:
    static PlotScale linear(double bottom, double top, NiceScale::Rounding rounding = NiceScale::Decimal)
    {
        PlotScale out(false, bottom, top);
        out.rounding_ = rounding;
        return out;
    }
    /// Whole decades below, 1, 2 or 5 times a decade above; at most kDecadesMax decades, the lowest are cut.
    /// So many that none of what is measured is: a nanosecond to a minute.
    static PlotScale logarithmic(double low, double high);
    static constexpr int kDecadesMax = 11;

    bool isLog() const { return log_; }
    double bottom() const { return bottom_; }
    double top() const { return top_; }
    double onAxis(double value) const;  ///< clamped to the ends, so that nothing is drawn outside
    double place(double value) const;   ///< 0 (bottom) .. 1 (top), clamped
    double valueAt(double place) const;
    QList<double> ticks() const;
    bool operator==(const PlotScale&) const = default;

private:
    PlotScale(bool log, double bottom, double top) : log_(log), bottom_(bottom), top_(top) {}
    bool log_;
    double bottom_;
    double top_;
    NiceScale::Rounding rounding_ = NiceScale::Decimal;
};

/// Whether an axis is logarithmic: at once when the values span decades, back when they have not for a while.
class LogChoice {
public:
    static constexpr double kFrom = 60;   ///< greatest over least value
    static constexpr double kUntil = 15;  ///< below that a linear axis shows it better
    static constexpr qint64 kBackAfterMs = 10'000;
    bool update(double low, double high, qint64 nowMs);
    void reset() { *this = {}; }

private:
    bool log_ = false;
    qint64 calmSinceMs_ = 0;
};

}  // namespace millrace::desktop
