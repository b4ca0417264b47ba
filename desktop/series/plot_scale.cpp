// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/plot_scale.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {

PlotScale PlotScale::logarithmic(double low, double high)
{
    if (!(high > 0) || !std::isfinite(high)) return {true, 1, 10};
    if (!(low > 0) || low > high) low = high;
    constexpr double kSlack = 1e-9;
    const double decade = std::pow(10.0, std::floor(std::log10(high) + kSlack));
    double top = 10 * decade;
    for (const double nice : {1.0, 2.0, 5.0}) {
        if (high <= nice * decade * (1 + kSlack)) {
            top = nice * decade;
            break;
        }
    }
    double bottom = std::pow(10.0, std::floor(std::log10(low) + kSlack));
    const double least = std::pow(10.0, std::floor(std::log10(top) + kSlack) - kDecadesMax);
    bottom = std::max(bottom, least);
    if (top <= bottom) top = 10 * bottom;
    return {true, bottom, top};
}

double PlotScale::onAxis(double value) const
{
    const double inside = std::clamp(value, bottom_, top_);
    return log_ ? std::log10(inside) : inside;
}

double PlotScale::place(double value) const
{
    const double from = onAxis(bottom_);
    const double to = onAxis(top_);
    return to > from ? (onAxis(value) - from) / (to - from) : 0;
}

double PlotScale::valueAt(double place) const
{
    const double from = onAxis(bottom_);
    const double at = from + std::clamp(place, 0.0, 1.0) * (onAxis(top_) - from);
    return log_ ? std::pow(10.0, at) : at;
}

QList<double> PlotScale::ticks() const
{
    if (!log_) return NiceScale::ticks(bottom_, top_, rounding_);
    QList<double> out;
    const double decades = std::log10(top_ / bottom_);
    constexpr double kSlack = 1 + 1e-9;
    const double step = decades > 8.5 ? 1000 : decades > 5.5 ? 100 : 10;
    for (double decade = bottom_; decade <= top_ * kSlack; decade *= step) {
        out.append(decade);
        if (decades > 2.5) continue;
        for (const double between : {2.0, 5.0}) {
            if (between * decade <= top_ * kSlack) out.append(between * decade);
        }
    }
    // Else the upper part of the last decade had no figure.
    if (top_ >= 4.9 * out.constLast()) out.append(top_);
    return out;
}

bool LogChoice::update(double low, double high, qint64 nowMs)
{
    const double spread = low > 0 && high > 0 ? high / low : 1;
    if (spread >= kFrom) {
        log_ = true;
        calmSinceMs_ = 0;
    } else if (log_ && spread < kUntil) {
        if (calmSinceMs_ == 0) calmSinceMs_ = nowMs;
        if (nowMs - calmSinceMs_ >= kBackAfterMs) reset();
    } else {
        calmSinceMs_ = 0;
    }
    return log_;
}

}  // namespace millrace::desktop
