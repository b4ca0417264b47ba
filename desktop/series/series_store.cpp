// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/series_store.h"

#include "control.pb.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace millrace::desktop {
namespace {

bool earlier(const SeriesPoint& a, const SeriesPoint& b)
{
    return a.timeMs < b.timeMs;
}

}  // namespace

void SeriesStore::append(const control::Sample& sample)
{
    const qint64 when = sample.time_ms() - sample.time_ms() % stepMs_;
    if (when < newestMs_ || sample.time_ms() <= lastSampleMs_) return;  // the same again, or a replayed one
    lastSampleMs_ = sample.time_ms();
    const bool again = when == newestMs_ && !times_.empty();  // two in one second: the later one counts
    if (!again) {
        if (!times_.empty() && when - times_.back() > gapMs()) outages_.push_back({times_.back(), when});
        times_.push_back(when);
        while (static_cast<int>(times_.size()) > kPointsMax) times_.pop_front();
        while (!outages_.empty() && outages_.front().toMs < times_.front()) outages_.pop_front();
        ++samples_;
    }
    newestMs_ = when;
    for (const auto& [name, value] : sample.values()) {
        if (!std::isfinite(value)) continue;
        const QString key = QString::fromStdString(name);
        auto found = series_.find(key);
        if (found == series_.end()) {
            if (series_.size() >= kSeriesMax) continue;
            found = series_.insert(key, {});
        }
        if (again && !found->empty() && found->back().timeMs == when) found->pop_back();
        found->push_back({when, value});
        while (static_cast<int>(found->size()) > kPointsMax) found->pop_front();
    }
    Q_EMIT changed();
}

void SeriesStore::merge(const control::History& history)
{
    const int count = history.times_ms_size();
    QList<bool> measured(count, false);
    std::deque<Point> joined;
    for (const auto& series : history.series()) {
        const QString key = QString::fromStdString(series.name());
        std::deque<Point> fresh;
        for (int i = 0; i < std::min(count, series.values_size()); ++i) {
            if (!std::isfinite(series.values(i))) continue;
            measured[i] = true;
            fresh.push_back({history.times_ms(i), series.values(i)});
        }
        if (fresh.empty() || (!series_.contains(key) && series_.size() >= kSeriesMax)) continue;
        auto& held = series_[key];
        joined.clear();
        // Of two at the same moment the first is kept: the one that is held.
        std::merge(held.begin(), held.end(), fresh.begin(), fresh.end(), std::back_inserter(joined), earlier);
        joined.erase(std::unique(joined.begin(), joined.end(),
                                 [](const Point& a, const Point& b) { return a.timeMs == b.timeMs; }),
                     joined.end());
        while (static_cast<int>(joined.size()) > kPointsMax) joined.pop_front();
        held.swap(joined);
    }
    std::deque<qint64> times;
    for (int i = 0; i < count; ++i) {
        if (measured.at(i)) times.push_back(history.times_ms(i));
    }
    std::deque<qint64> all;
    std::set_union(times_.begin(), times_.end(), times.begin(), times.end(), std::back_inserter(all));
    samples_ += static_cast<int>(all.size() - times_.size());
    while (static_cast<int>(all.size()) > kPointsMax) all.pop_front();
    times_.swap(all);
    if (!times_.empty()) newestMs_ = std::max(newestMs_, times_.back());
    findOutages();
}

void SeriesStore::findOutages()
{
    outages_.clear();
    for (std::size_t i = 1; i < times_.size(); ++i) {
        if (times_[i] - times_[i - 1] > gapMs()) outages_.push_back({times_[i - 1], times_[i]});
    }
}

void SeriesStore::backfill(const control::History& history)
{
    if (history.times_ms_size() == 0) return;
    merge(history);
    Q_EMIT changed();
}

void SeriesStore::replaceBy(const control::History& history)
{
    series_.clear();
    times_.clear();
    newestMs_ = 0;
    samples_ = 0;
    stepMs_ = history.times_ms_size() > 1 ? history.times_ms(1) - history.times_ms(0) : kSecondMs;
    merge(history);
    Q_EMIT changed();
}

void SeriesStore::clear()
{
    series_.clear();
    times_.clear();
    outages_.clear();
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

std::optional<double> SeriesStore::at(const QString& name, qint64 timeMs, qint64 withinMs) const
{
    const auto& held = points(name);
    const auto after = std::lower_bound(held.begin(), held.end(), Point{timeMs, 0}, earlier);
    const Point* best = nullptr;
    const auto offer = [&](const Point& point) {
        if (!best || std::abs(point.timeMs - timeMs) < std::abs(best->timeMs - timeMs)) best = &point;
    };
    if (after != held.end()) offer(*after);
    if (after != held.begin()) offer(*std::prev(after));
    if (!best || std::abs(best->timeMs - timeMs) > (withinMs > 0 ? withinMs : gapMs())) return std::nullopt;
    return best->value;
}

qint64 SeriesStore::oldestMs() const
{
    return times_.empty() ? newestMs_ : times_.front();
}

QStringList SeriesStore::names() const
{
    QStringList names = series_.keys();
    names.sort();
    return names;
}

}  // namespace millrace::desktop
