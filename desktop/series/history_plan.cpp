// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/history_plan.h"

#include <algorithm>

namespace millrace::desktop {
namespace {

constexpr qint64 kSlackMs = 5'000;
constexpr qint64 kPointsWanted = 150;  // fewer over what is shown: finer ones are worth a call

}  // namespace

bool HistoryPlan::needed(const TimeSpan& shown, qint64 heldFromMs)
{
    return shown.lengthMs() > TimeWindow::kLiveMaxMs + kSlackMs || shown.beginMs < heldFromMs - kSlackMs;
}

qint64 HistoryPlan::resolution(qint64 fromMs, qint64 nowMs)
{
    const qint64 age = nowMs - fromMs;
    return age <= kSecondsMs ? 1'000 : age <= kTensMs ? 10'000 : 60'000;
}

bool HistoryPlan::covers(const TimeSpan& shown) const
{
    return held_ && held_->fromMs <= shown.beginMs && held_->toMs >= shown.endMs - std::max(stepMs_, kRefreshMs);
}

std::optional<HistoryPlan::Ask> HistoryPlan::next(const TimeSpan& shown, qint64 heldFromMs, qint64 nowMs) const
{
    if (open_ || shown.lengthMs() <= 0 || nowMs < againAtMs_ || !needed(shown, heldFromMs)) return std::nullopt;
    // Half a span more on each side, but nothing of the future.
    const qint64 margin = shown.lengthMs() / 2;
    const Ask ask{shown.beginMs - margin, std::min(shown.endMs + margin, nowMs), kPointsMax};
    const bool coarse = held_ && stepMs_ > shown.lengthMs() / kPointsWanted &&
                        stepMs_ > resolution(ask.fromMs, nowMs) && ask.toMs - ask.fromMs < held_->toMs - held_->fromMs;
    const bool old = held_ && ask.toMs >= nowMs && nowMs - held_->toMs >= std::max(stepMs_, kRefreshMs);
    const bool missing =
        !held_ || held_->fromMs > shown.beginMs || held_->toMs < std::min(shown.endMs, nowMs) - stepMs_;
    if (!missing && !coarse && !old) return std::nullopt;
    return ask;
}

void HistoryPlan::answered(qint64 stepMs)
{
    held_ = open_;
    open_.reset();
    stepMs_ = std::max<qint64>(stepMs, 1'000);
    againAtMs_ = 0;
}

void HistoryPlan::failed(qint64 nowMs)
{
    open_.reset();
    againAtMs_ = nowMs + kAgainMs;
}

}  // namespace millrace::desktop
