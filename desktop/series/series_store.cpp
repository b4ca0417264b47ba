// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/series_store.h"

#include "control.pb.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {

void SeriesStore::append(const control::Sample& sample)
{
    if (sample.time_ms() <= newestMs_) return;  // the same second again, or a replayed one
    newestMs_ = sample.time_ms();
    ++samples_;
    for (const auto& [name, value] : sample.values()) {
        if (!std::isfinite(value)) continue;
        const QString key = QString::fromStdString(name);
        auto found = series_.find(key);
        if (found == series_.end()) {
            if (series_.size() >= kSeriesMax) continue;
            found = series_.insert(key, {});
        }
        found->push_back({newestMs_, value});
        while (static_cast<int>(found->size()) > kPointsMax) found->pop_front();
    }
    Q_EMIT changed();
}

void SeriesStore::backfill(const control::History& history)
{
    const int count = history.times_ms_size();
    if (count == 0) return;
    for (const auto& series : history.series()) {
        const QString key = QString::fromStdString(series.name());
        if (!series_.contains(key) && series_.size() >= kSeriesMax) continue;
        auto& held = series_[key];
        std::deque<Point> older;
        for (int i = 0; i < std::min(count, series.values_size()); ++i) {
            if (!std::isfinite(series.values(i))) continue;
            if (!held.empty() && history.times_ms(i) >= held.front().timeMs) break;
            older.push_back({history.times_ms(i), series.values(i)});
        }
        held.insert(held.begin(), older.begin(), older.end());
        while (static_cast<int>(held.size()) > kPointsMax) held.pop_front();
    }
    newestMs_ = std::max(newestMs_, static_cast<qint64>(history.times_ms(count - 1)));
    samples_ += count;
    Q_EMIT changed();
}

void SeriesStore::clear()
{
    series_.clear();
    newestMs_ = 0;
    samples_ = 0;
    Q_EMIT changed();
}

const std::deque<SeriesStore::Point>& SeriesStore::points(const QString& name) const
{
    static const std::deque<Point> kNothing;
    const auto found = series_.constFind(name);
    return found == series_.constEnd() ? kNothing : *found;
}

std::optional<double> SeriesStore::latest(const QString& name) const
{
    const auto& held = points(name);
    if (held.empty() || held.back().timeMs != newestMs_) return std::nullopt;
    return held.back().value;
}

std::optional<double> SeriesStore::at(const QString& name, qint64 timeMs) const
{
    const auto& held = points(name);
    const auto after = std::lower_bound(held.begin(), held.end(), timeMs,
                                        [](const Point& point, qint64 when) { return point.timeMs < when; });
    const Point* best = nullptr;
    const auto offer = [&](const Point& point) {
        if (!best || std::abs(point.timeMs - timeMs) < std::abs(best->timeMs - timeMs)) best = &point;
    };
    if (after != held.end()) offer(*after);
    if (after != held.begin()) offer(*std::prev(after));
    if (!best || std::abs(best->timeMs - timeMs) > kGapMs) return std::nullopt;
    return best->value;
}

qint64 SeriesStore::oldestMs() const
{
    qint64 oldest = newestMs_;
    for (const auto& held : series_) {
        if (!held.empty()) oldest = std::min(oldest, held.front().timeMs);
    }
    return oldest;
}

QStringList SeriesStore::names() const
{
    QStringList names = series_.keys();
    names.sort();
    return names;
}

Segments decimate(const std::deque<SeriesStore::Point>& points, qint64 fromMs, qint64 toMs, int columns)
{
    Segments out;
    if (points.empty() || toMs <= fromMs || columns < 1) return out;
    // One point before the window, so that the line comes in from the left edge.
    auto first = std::lower_bound(points.begin(), points.end(), fromMs,
                                  [](const SeriesStore::Point& point, qint64 when) { return point.timeMs < when; });
    if (first != points.begin()) --first;
    auto last = std::upper_bound(first, points.end(), toMs,
                                 [](qint64 when, const SeriesStore::Point& point) { return when < point.timeMs; });
    const auto total = std::distance(first, last);
    const bool whole = total <= columns;
    const double columnMs = static_cast<double>(toMs - fromMs) / columns;

    QList<QPointF> piece;
    const auto close = [&] {
        if (piece.size() == 1) {
            const QPointF lone = piece.front();
            piece = {QPointF(lone.x() - 500, lone.y()), QPointF(lone.x() + 500, lone.y())};
        }
        if (!piece.isEmpty()) out.append(piece);
        piece.clear();
    };
    qint64 previousMs = 0;
    long column = -1;
    SeriesStore::Point low{}, high{};
    bool open = false;
    const auto flush = [&] {
        if (!open) return;
        const auto& a = low.timeMs <= high.timeMs ? low : high;
        const auto& b = low.timeMs <= high.timeMs ? high : low;
        piece.append(QPointF(static_cast<double>(a.timeMs), a.value));
        if (!(a == b)) piece.append(QPointF(static_cast<double>(b.timeMs), b.value));
        open = false;
    };
    for (auto it = first; it != last; ++it) {
        if (previousMs != 0 && it->timeMs - previousMs > SeriesStore::kGapMs) {
            flush();
            close();
        }
        previousMs = it->timeMs;
        if (whole) {
            piece.append(QPointF(static_cast<double>(it->timeMs), it->value));
            continue;
        }
        // Columns of two points each keep the total within the bound; anchored to the clock, not to the window,
        // or the line would shimmer while it moves.
        const long here = static_cast<long>(std::floor(static_cast<double>(it->timeMs) / (2 * columnMs)));
        if (here != column) {
            flush();
            column = here;
        }
        if (!open) {
            low = high = *it;
            open = true;
        } else if (it->value < low.value) {
            low = *it;
        } else if (it->value > high.value) {
            high = *it;
        }
    }
    flush();
    close();
    return out;
}

}  // namespace millrace::desktop
