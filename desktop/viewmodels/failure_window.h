// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QtCore/QtGlobal>

#include <deque>

namespace millrace::desktop {

/// Requests that ended, by how; totals that only grow, or what was added to them.
struct Ended {
    quint64 all = 0;
    quint64 failed = 0;
    quint64 refused = 0;   ///< met a limit
    quint64 rejected = 0;  ///< were at fault themselves
};

/// The requests that ended in the last kSpanMs.
class FailureWindow {
public:
    static constexpr qint64 kSpanMs = 10'000;
    void add(qint64 timeMs, const Ended& totals);
    void clear() { points_.clear(); }
    Ended ended() const;

private:
    struct Point {
        qint64 timeMs;
        Ended totals;
    };
    std::deque<Point> points_;
};

}  // namespace millrace::desktop
