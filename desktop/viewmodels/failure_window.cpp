// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/failure_window.h"

namespace millrace::desktop {

void FailureWindow::add(qint64 timeMs, const Ended& totals)
{
    // Totals that shrink are another engine's.
    if (!points_.empty()) {
        const Ended& last = points_.back().totals;
        if (totals.all < last.all || totals.failed < last.failed || totals.refused < last.refused ||
            totals.rejected < last.rejected || timeMs < points_.back().timeMs)
            points_.clear();
    }
    if (!points_.empty() && points_.back().timeMs == timeMs) points_.pop_back();
    points_.push_back({timeMs, totals});
    // One point from before the span stays, as the base of the difference.
    while (points_.size() > 2 && points_[1].timeMs <= timeMs - kSpanMs) points_.pop_front();
}

Ended FailureWindow::ended() const
{
    if (points_.empty()) return {};
    const Ended &first = points_.front().totals, &last = points_.back().totals;
    return {last.all - first.all, last.failed - first.failed, last.refused - first.refused,
            last.rejected - first.rejected};
}

}  // namespace millrace::desktop
