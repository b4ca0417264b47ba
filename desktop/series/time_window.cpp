// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/time_window.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace millrace::desktop {
namespace {

constexpr double kWheelFactor = 1.4;  // a notch; two make half or twice the span

constexpr int kWindows = static_cast<int>(TimeWindow::kWindowsMs.size());

qint64 lengthOf(int index)
{
    return TimeWindow::kWindowsMs[static_cast<std::size_t>(std::clamp(index, 0, kWindows - 1))];
}

}  // namespace

qint64 TimeWindow::earliest() const
{
    if (heldMs_ == 0) return reachMs_;
    return reachMs_ == 0 ? heldMs_ : std::min(heldMs_, reachMs_);
}

TimeSpan TimeWindow::span() const
{
    if (fixed_) return span_;
    const qint64 length = lengthOf(index_);
    qint64 begin = newestMs_ - length;
    // The axis grows with the data until the window is full.
    const qint64 first = length <= kLiveMaxMs ? heldMs_ : earliest();
    if (first > begin) begin = std::max(begin, std::min(first, newestMs_ - kGrowFromMs));
    return {begin, newestMs_};
}

bool TimeWindow::isPast() const
{
    return fixed_ && span_.endMs < pausedAtMs_;
}

bool TimeWindow::isCustom() const
{
    return fixed_ && !zooms_.isEmpty() && span_.lengthMs() != lengthOf(index_);
}

/// As long as requested, ending where requested, within what there is.
TimeSpan TimeWindow::fitted(qint64 end, qint64 length) const
{
    length = std::clamp(length, kSpanMinMs, kSpanMaxMs);
    end = std::clamp(end, std::min(earliest() + length, newestMs_), newestMs_);
    return {end - length, end};
}

void TimeWindow::fix(TimeSpan span)
{
    if (!fixed_) pausedAtMs_ = newestMs_;
    fixed_ = true;
    span_ = span;
}

void TimeWindow::remember()
{
    if (zooms_.size() >= kZoomsMax) zooms_.removeFirst();
    zooms_.append({fixed_, index_, span_, pausedAtMs_});
}

void TimeWindow::setWindow(int index)
{
    index_ = std::clamp(index, 0, kWindows - 1);
    if (!fixed_) return;
    // A zoom is left around its middle, so that what was looked at stays in sight.
    const qint64 length = lengthOf(index_);
    const qint64 end = zooms_.isEmpty() ? span_.endMs : span_.beginMs + span_.lengthMs() / 2 + length / 2;
    span_ = fitted(end, length);
}

void TimeWindow::pause()
{
    if (!fixed_) fix(span());
}

void TimeWindow::goLive()
{
    fixed_ = false;
    zooms_.clear();
}

void TimeWindow::pan(double spans)
{
    const TimeSpan now = span();
    const qint64 end = now.endMs + std::llround(spans * static_cast<double>(now.lengthMs()));
    if (spans > 0 && end >= newestMs_) {
        goLive();
        return;
    }
    fix(fitted(end, now.lengthMs()));
}

void TimeWindow::zoomTo(TimeSpan wanted)
{
    if (wanted.beginMs > wanted.endMs) std::swap(wanted.beginMs, wanted.endMs);
    qint64 length = wanted.lengthMs();
    qint64 end = wanted.endMs;
    if (length < kSpanMinMs) {
        end += (kSpanMinMs - length) / 2;
        length = kSpanMinMs;
    }
    remember();
    fix(fitted(end, length));
}

bool TimeWindow::zoomBack()
{
    if (zooms_.isEmpty()) {
        const bool was = fixed_;
        goLive();
        return was;
    }
    const Place place = zooms_.takeLast();
    fixed_ = place.fixed;
    index_ = place.index;
    span_ = place.span;
    pausedAtMs_ = place.pausedAtMs;
    return true;
}

void TimeWindow::scale(qint64 at, int steps)
{
    if (steps == 0) return;
    if (!fixed_) {
        setWindow(index_ - steps);
        return;
    }
    const TimeSpan now = span_;
    const double factor = std::pow(kWheelFactor, -steps);
    const qint64 length =
        std::clamp(std::llround(static_cast<double>(now.lengthMs()) * factor), kSpanMinMs, kSpanMaxMs);
    if (length == now.lengthMs()) return;
    // The moment under the pointer stays under it.
    const double share = static_cast<double>(at - now.beginMs) / static_cast<double>(now.lengthMs());
    const qint64 begin = at - std::llround(share * static_cast<double>(length));
    if (zooms_.isEmpty()) remember();
    span_ = fitted(begin + length, length);
}

void TimeWindow::show(qint64 when)
{
    const qint64 length = span().lengthMs();
    fix(fitted(when + length / 2, length));
}

qint64 snapped(qint64 at, const QList<qint64>& candidates, qint64 withinMs, qint64 stepMs)
{
    const qint64* best = nullptr;
    for (const qint64& candidate : candidates) {
        const qint64 away = std::abs(candidate - at);
        if (away <= withinMs && (!best || away < std::abs(*best - at))) best = &candidate;
    }
    if (best) return *best;
    return stepMs > 1 ? (at + stepMs / 2) / stepMs * stepMs : at;
}

}  // namespace millrace::desktop
