// SPDX-License-Identifier: GPL-3.0-or-later
#include "series/history_loader.h"

#include "control.pb.h"

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {

constexpr int kReachPoints = 300;
constexpr const char* kAlwaysThere = "requests_in_flight";  // a gauge: present in every sample

}  // namespace

HistoryLoader::HistoryLoader(EngineClient& client, TimeView& time, const SeriesStore& held, QObject* parent)
    : QObject(parent), client_(client), time_(time), held_(held)
{
    connect(&time_, &TimeView::rangeChanged, this, &HistoryLoader::check);
    connect(&held_, &SeriesStore::changed, this, &HistoryLoader::check);
}

bool HistoryLoader::isShown() const
{
    return HistoryPlan::needed(time_.span(), held_.oldestMs()) && time_.window().newestMs() != 0;
}

void HistoryLoader::begin(qint64 engineNowMs)
{
    plan_.forget();
    ++generation_;
    if (loading_) {
        loading_ = false;
        Q_EMIT changed();
    }
    const qint64 now = std::max({engineNowMs, held_.newestMs(), time_.window().newestMs()});
    if (now == 0) return;
    control::GetHistoryRequest request;
    request.add_names(kAlwaysThere);
    request.set_to_ms(now);
    request.set_from_ms(now - TimeWindow::kSpanMaxMs);
    request.set_points_max(kReachPoints);
    client_.getHistory(request, this, [this, generation = generation_](const Outcome<control::History>& outcome) {
        if (generation != generation_ || !outcome.ok()) return;
        const auto& reply = *outcome.reply;
        for (const auto& series : reply.series()) {
            for (int i = 0; i < std::min(series.values_size(), reply.times_ms_size()); ++i) {
                if (!std::isfinite(series.values(i))) continue;
                setReach(reply.times_ms(i));
                return;
            }
        }
    });
    check();
}

void HistoryLoader::setReach(qint64 when)
{
    reachMs_ = when;
    time_.setReachMs(when);
}

void HistoryLoader::check()
{
    const TimeSpan shown = time_.span();
    const qint64 now = time_.window().newestMs();
    if (now == 0) return;  // no sample yet: nothing is shown that could need it
    const auto ask = plan_.next(shown, held_.oldestMs(), now);
    if (!ask || client_.phase() != EngineClient::Phase::Connected) return;
    plan_.asked(*ask);
    control::GetHistoryRequest request;
    request.set_from_ms(ask->fromMs);
    request.set_to_ms(ask->toMs);
    request.set_points_max(static_cast<std::uint32_t>(ask->points));
    // Said only where something is missing: bringing up to date happens quietly.
    loading_ = !plan_.covers(shown);
    if (loading_) Q_EMIT changed();
    client_.getHistory(request, this, [this, generation = generation_](const Outcome<control::History>& outcome) {
        if (generation == generation_) take(outcome);
    });
}

void HistoryLoader::take(const Outcome<control::History>& outcome)
{
    loading_ = false;
    if (outcome.ok()) {
        series_.replaceBy(*outcome.reply);
        annotations_.clear();
        for (const auto& event : outcome.reply->events()) {
            if (auto annotation = AnnotationLog::from(event)) annotations_.add(std::move(*annotation));
        }
        problem_.clear();
        plan_.answered(series_.stepMs());
    } else {
        problem_ = outcome.problem;
        plan_.failed(time_.window().newestMs());
    }
    Q_EMIT changed();
    check();  // what is shown may have moved on meanwhile
}

void HistoryLoader::addEvent(const Annotation& annotation)
{
    annotations_.add(annotation);
}

}  // namespace millrace::desktop
