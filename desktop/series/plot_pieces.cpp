// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/plot_pieces.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace millrace::desktop {
namespace {

// Whether an outage of at least `leastMs` lies between two neighbours in time.
bool broken(const std::deque<Outage>& outages, qint64 from, qint64 to, qint64 leastMs)
{
    auto it = std::lower_bound(outages.begin(), outages.end(), from,
                               [](const Outage& outage, qint64 when) { return outage.toMs <= when; });
    for (; it != outages.end() && it->fromMs < to; ++it) {
        if (it->toMs - it->fromMs >= leastMs) return true;
    }
    return false;
}

// The shortest lines become dots until few enough are left; those left keep their order.
void limitLines(Pieces& pieces, int most)
{
    const auto count = pieces.lines.size();
    if (count <= most) return;
    QList<qsizetype> order(count);
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](qsizetype a, qsizetype b) { return pieces.lines.at(a).size() > pieces.lines.at(b).size(); });
    order.resize(most);
    std::sort(order.begin(), order.end());
    QList<QList<QPointF>> kept;
    for (qsizetype i = 0; i < count; ++i) {
        if (std::binary_search(order.begin(), order.end(), i)) {
            kept.append(pieces.lines.at(i));
        } else {
            pieces.dots.append(pieces.lines.at(i));
        }
    }
    pieces.lines = std::move(kept);
    std::sort(pieces.dots.begin(), pieces.dots.end(), [](const QPointF& a, const QPointF& b) { return a.x() < b.x(); });
}

}  // namespace

qsizetype Pieces::points() const
{
    return std::accumulate(lines.begin(), lines.end(), dots.size(),
                           [](qsizetype sum, const QList<QPointF>& line) { return sum + line.size(); });
}

Pieces buildPieces(const std::deque<SeriesPoint>& points, const std::deque<Outage>& outages, qint64 fromMs, qint64 toMs,
                   const PieceRules& rules)
{
    Pieces out;
    if (points.empty() || toMs <= fromMs || rules.pointsMax < 2) return out;
    const auto before = [](const SeriesPoint& point, qint64 when) { return point.timeMs < when; };
    const auto after = [](qint64 when, const SeriesPoint& point) { return when < point.timeMs; };
    auto first = std::lower_bound(points.begin(), points.end(), fromMs, before);
    auto last = std::upper_bound(first, points.end(), toMs, after);
    const auto total = std::distance(first, last);
    const bool whole = total <= rules.pointsMax;
    // Two points a column.
    const double columnMs = 2.0 * static_cast<double>(toMs - fromMs) / rules.pointsMax;
    // Where a column is longer than the bridge, a break shorter than it is not seen; this also bounds the points.
    const qint64 bridge = whole ? rules.bridgeMs : std::max(rules.bridgeMs, static_cast<qint64>(columnMs));
    const qint64 outage = whole ? 1 : static_cast<qint64>(columnMs);
    if (first != points.begin() && std::prev(first)->timeMs >= fromMs - bridge) --first;
    if (last != points.end() && last->timeMs <= toMs + bridge) ++last;

    QList<QPointF> line;
    const auto put = [&line](const SeriesPoint& point) {
        line.append(QPointF(static_cast<double>(point.timeMs), point.value));
    };
    const auto close = [&] {
        if (line.size() == 1) out.dots.append(line.constFirst());
        if (line.size() > 1) out.lines.append(line);
        line.clear();
    };
    double column = 0;
    SeriesPoint low{}, high{};
    bool open = false;
    const auto flush = [&] {
        if (!open) return;
        put(low.timeMs <= high.timeMs ? low : high);
        if (!(low == high)) put(low.timeMs <= high.timeMs ? high : low);
        open = false;
    };
    const SeriesPoint* previous = nullptr;
    for (auto it = first; it != last; ++it) {
        if (previous &&
            (it->timeMs - previous->timeMs > bridge || broken(outages, previous->timeMs, it->timeMs, outage))) {
            flush();
            close();
        }
        previous = &*it;
        if (whole) {
            put(*it);
            continue;
        }
        const double here = std::floor(static_cast<double>(it->timeMs) / columnMs);
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
    limitLines(out, rules.linesMax);
    return out;
}

}  // namespace millrace::desktop
