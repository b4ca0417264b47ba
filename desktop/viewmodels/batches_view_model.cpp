// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/batches_view_model.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "format/event_words.h"
#include "format/natural_order.h"
#include "format/said.h"
#include "goals.h"
#include "items/batch_strip.h"
#include "viewmodels/page_figures.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace millrace::desktop {
namespace {

using format::Unit;

int whyOf(control::DispatchReason why)
{
    switch (why) {
        case control::DISPATCH_REASON_FULL:
            return BatchesViewModel::Size;
        case control::DISPATCH_REASON_IDLE:
            return BatchesViewModel::Idle;
        case control::DISPATCH_REASON_TIMEOUT:
            return BatchesViewModel::Timeout;
        case control::DISPATCH_REASON_DEADLINE:
            return BatchesViewModel::Deadline;
        case control::DISPATCH_REASON_FLUSH:
            return BatchesViewModel::Flush;
        case control::DISPATCH_REASON_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(DispatchReason);
    }
    return BatchesViewModel::Other;
}

QString whyWords(control::DispatchReason why)
{
    switch (why) {
        case control::DISPATCH_REASON_FULL:
            return BatchesViewModel::tr("dispatched full");
        case control::DISPATCH_REASON_IDLE:
            return BatchesViewModel::tr("dispatched because the backend was idle");
        case control::DISPATCH_REASON_TIMEOUT:
            return BatchesViewModel::tr("dispatched when the batch timeout had passed");
        case control::DISPATCH_REASON_DEADLINE:
            return BatchesViewModel::tr("dispatched because a deadline was near");
        case control::DISPATCH_REASON_FLUSH:
            return BatchesViewModel::tr("dispatched when the queue was flushed");
        case control::DISPATCH_REASON_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(DispatchReason);
    }
    return BatchesViewModel::tr("dispatched: %1").arg(format::unknownText(why));
}

QString rowsText(double rows)
{
    return BatchesViewModel::tr("%Ln row(s)", nullptr, static_cast<int>(std::lround(rows)));
}

// The engine's own words where it gives some.
QString decisionOf(const control::BatchRecord& batch)
{
    return batch.why_text().empty() ? QStringLiteral("%1, %2").arg(rowsText(batch.rows()), whyWords(batch.why()))
                                    : QStringLiteral("%1: %2").arg(rowsText(batch.rows()),
                                                                   format::said(batch.why_words(), batch.why_text()));
}

QString hintOf(const control::BatchRecord& batch)
{
    QString words = BatchesViewModel::tr("%1 · %2 · waited %3 · ran %4")
                        .arg(QString::fromStdString(batch.model()), decisionOf(batch),
                             format::milliseconds(batch.wait_ms()), format::milliseconds(batch.run_ms()));
    if (batch.failed()) words += BatchesViewModel::tr(" · failed");
    return words;
}

// Where each key figure is explained.
constexpr FigureTarget kTargets[] = {
    {"rows", "batches#batch_rows_average"}, {"efficiency", "batches#reasons"}, {"wait", "batches#waits"},
    {"limit", "batches#batch_size_limit"},  {"queue", "batches#queues"},
};

}  // namespace

BatchesViewModel::BatchesViewModel(Session& session, QObject* parent) : PageViewModel(session, parent)
{
    connect(session.time(), &TimeView::rangeChanged, this, [this] {
        if (!isActive() || !this->session().time()->isPaused()) return;
        refreshKpis();
        refreshSizes();
        Q_EMIT changed();
    });
    // Also while another page is open: the window reaches back to then.
    connect(&session, &Session::ticked, this, &BatchesViewModel::gatherSizes);
}

void BatchesViewModel::gatherSizes()
{
    const auto& frame = session().frame();
    if (!frame.has_batches()) return;
    QList<quint64> totals;
    for (const auto& bucket : frame.batches().sizes()) totals.append(bucket.count());
    sizeHistory_.add(QByteArray::fromStdString(session().status().boot_id()), session().status().started_ms(),
                     session().nowMs(), totals);
}

void BatchesViewModel::refresh()
{
    gatherSizes();  // of the frame that is shown; ticks reach this first
    refreshKpis();
    refreshLanes();
    refreshSizes();
    refreshRecent();
    Q_EMIT changed();
}

void BatchesViewModel::refreshKpis()
{
    const PageFigures now(session());
    const auto stage = Stage::Batches;
    const control::LaneState* busiest = nullptr;
    double all = 0, waitLimit = 0;
    for (const auto& lane : session().frame().batches().lanes()) {
        if (!busiest || lane.rows_total() > busiest->rows_total()) busiest = &lane;
        all += static_cast<double>(lane.batches_total());
        waitLimit = std::max(waitLimit, lane.timeout_ms());
    }
    limitText_ =
        busiest ? tr("adaptive limit of %1").arg(QString::fromStdString(busiest->model())) : tr("adaptive limit");
    QList<KpiRow> rows;
    rows.append(
        {QStringLiteral("rows"), tr("Average batch"), now.whole("batch_rows_average"), tr("rows"),
         tr("target %1 – %2 under load").arg(format::count(goals::kBatchRowsLow), format::count(goals::kBatchRowsHigh)),
         KpiList::None, QStringLiteral("batch_rows_average"), stage});
    const auto efficiency = now.figure("batch_efficiency", Unit::Share);
    rows.append({QStringLiteral("efficiency"), tr("Efficiency"), efficiency.value,
                 tr("%1 full or idle").arg(efficiency.unit),
                 PageFigures::joined({tr("goal ≥ %1").arg(format::share(goals::kBatchEfficiencyMin)),
                                      now.ofNow(tr("%1 batches").arg(format::count(all)))}),
                 now.verdict(goals::kBatchEfficiency), QStringLiteral("batch_efficiency"), stage});
    const auto wait = now.figure("batch_wait_p99_ms", Unit::Milliseconds);
    rows.append({QStringLiteral("wait"), tr("Wait"), wait.value, tr("%1 p99").arg(wait.unit),
                 now.ofNow(waitLimit > 0 ? tr("batch timeout %1 + wait for a slot").arg(format::milliseconds(waitLimit))
                                         : tr("no queue yet")),
                 KpiList::None, QStringLiteral("batch_wait_p99_ms"), stage});
    rows.append(
        {QStringLiteral("limit"), tr("Effective size"),
         // Of the same queue as the words below and as the series.
         busiest && !now.isPast() ? format::count(busiest->size_limit()) : now.whole("batch_size_limit"),
         busiest ? now.ofNow(tr("of %1").arg(format::count(busiest->size_max()))) : QString(),
         busiest && !busiest->limit_why().empty() && !now.isPast()
             // "increased from 110 to 120 rows: 12 of 16 batches were full …": what it comes from is in the table.
             ? format::saidShortly(busiest->limit_words(), busiest->limit_why())
             : tr("the adaptive limit of the model with most rows"),
         KpiList::None, QStringLiteral("batch_size_limit"), stage});
    rows.append({QStringLiteral("queue"), tr("Queue"), now.whole("batch_queue"), tr("requests"),
                 now.at("batch_in_flight") == 1.0 ? tr("1 batch at a backend")
                                                  : tr("%1 batches at backends").arg(now.whole("batch_in_flight")),
                 KpiList::None, QStringLiteral("batch_queue"), stage});
    kpis_.sync(withTargets(rows, kTargets));
}

// Rows a second over the last few seconds, from the lane's own count; empty until that much was seen.
std::optional<double> BatchesViewModel::rateOf(const QString& lane, qint64 nowMs, double rows)
{
    auto& marks = marks_[lane];
    // Nothing was seen of it while another page was open: a mean of all that time says nothing of now.
    const bool old = !marks.empty() && marks.back().timeMs < nowMs - kRateSpanMs;
    if (old || (!marks.empty() && (rows < marks.back().rows || nowMs < marks.back().timeMs))) marks.clear();
    if (marks.empty() || nowMs > marks.back().timeMs) marks.push_back({nowMs, rows});
    while (marks.size() > 2 && marks[1].timeMs <= nowMs - kRateSpanMs) marks.pop_front();
    const qint64 span = nowMs - marks.front().timeMs;
    if (span < 900) return std::nullopt;
    return (rows - marks.front().rows) * 1000 / static_cast<double>(span);
}

void BatchesViewModel::refreshLanes()
{
    const auto& section = session().frame().batches();
    const qint64 now = session().nowMs();
    if (const QString boot = QString::fromStdString(session().frame().boot_id()); boot != bootId_) {
        bootId_ = boot;
        marks_.clear();
    }
    QHash<QString, const control::BatchRecord*> newest;
    for (const auto& batch : section.recent()) newest.insert(QString::fromStdString(batch.model()), &batch);

    int unused = 0;
    QList<LaneRow> rows;
    for (const auto& lane : section.lanes()) {
        LaneRow row;
        row.name = QString::fromStdString(lane.model());
        row.signature = QString::fromStdString(lane.signature());
        row.id = row.name + u'\n' + row.signature;
        row.waiting = lane.waiting() == 0 ? QStringLiteral("0")
                      : lane.waiting_rows() == lane.waiting()
                          ? format::count(lane.waiting())
                          : tr("%1 (%2)").arg(format::count(lane.waiting()), rowsText(lane.waiting_rows()));
        row.waitingValue = lane.waiting();
        if (lane.waiting() > 0) row.oldestMs = lane.oldest_ms();
        if (lane.has_rows_average()) row.averageValue = lane.rows_average();
        if (lane.has_cost_per_row_ms()) row.costPerRow = lane.cost_per_row_ms();
        row.oldest = lane.waiting() > 0 ? format::milliseconds(lane.oldest_ms()) : format::kNone;
        row.average = lane.has_rows_average() ? format::number(lane.rows_average(), lane.rows_average() < 10 ? 1 : 0)
                                              : format::kNone;
        row.limit = lane.size_limit() > 0 ? format::count(lane.size_limit()) : format::kNone;
        row.limitMax = lane.size_max() > 0 ? format::count(lane.size_max()) : format::kNone;
        row.limitWhy = format::said(lane.limit_words(), lane.limit_why());
        row.cost =
            lane.has_cost_base_ms() && lane.has_cost_per_row_ms()
                ? tr("%1 + %2 / row")
                      .arg(format::milliseconds(lane.cost_base_ms()), format::milliseconds(lane.cost_per_row_ms()))
                : format::kNone;
        const auto rate = rateOf(row.id, now, static_cast<double>(lane.rows_total()));
        row.rateValue = rate;
        row.rate = rate ? format::count(std::round(*rate)) : format::kNone;
        if (!lane.note().empty()) {
            row.last = format::said(lane.note_words(), lane.note());
        } else if (const auto* batch = newest.value(row.name)) {
            row.last = QStringLiteral("%1, %2").arg(decisionOf(*batch),
                                                    format::ago(std::max<qint64>(0, now - batch->time_ms())));
        } else {
            row.last = format::kNone;
        }
        // A queue that was never used says nothing but dashes.
        if (lane.waiting() == 0 && !row.averageValue && lane.note().empty()) {
            ++unused;
            continue;
        }
        rows.append(row);
    }
    unusedText_ = unused == 0 ? QString() : tr("%Ln unused queue(s) not listed", nullptr, unused);
    // The busiest first would make rows jump; names stay where they are looked for.
    std::stable_sort(rows.begin(), rows.end(),
                     [](const LaneRow& a, const LaneRow& b) { return format::compareNatural(a.id, b.id) < 0; });
    lanes_.sync(rows);
}

void BatchesViewModel::refreshSizes()
{
    sizeLabels_.clear();
    sizeCounts_.clear();
    sizeHints_.clear();
    const TimeView& time = *session().time();
    const auto counted = sizeHistory_.within(time.span());
    if (!counted) {
        sizesOf_.clear();
        whyNoSizes_ = session().hasData() ? tr("batch sizes of that time are not kept") : tr("no batch was sent yet");
        return;
    }
    sizesOf_ = counted->sinceMs <= time.beginMs()
                   ? time.windowText()
                   : tr("since %1").arg(format::moment(counted->sinceMs, session().nowMs()));
    whyNoSizes_ = tr("no batch was sent in this time");
    const auto& sizes = session().frame().batches().sizes();
    const auto countOf = [&counted](int bucket) { return static_cast<double>(counted->counts.value(bucket, 0)); };
    // Buckets beyond the last one that holds something say nothing.
    int last = -1;
    for (int i = 0; i < sizes.size(); ++i) {
        if (countOf(i) > 0) last = i;
    }
    double below = 0;
    for (int i = 0; i <= last; ++i) {
        const double bound = sizes.Get(i).le();
        const double count = countOf(i);
        const bool open = !std::isfinite(bound);
        sizeLabels_.append(open ? QStringLiteral("> %1").arg(format::count(below)) : format::count(bound));
        sizeCounts_.append(count);
        const QString range = open ? tr("more than %1 rows").arg(format::count(below))
                              : bound <= below + 1
                                  ? rowsText(bound)
                                  : tr("%1 – %2 rows").arg(format::count(below + 1), format::count(bound));
        sizeHints_.append(tr("%1: %Ln batch(es)", nullptr, static_cast<int>(count)).arg(range));
        below = bound;
    }
}

void BatchesViewModel::refreshRecent()
{
    const auto& recent = session().frame().batches().recent();
    const qint64 now = session().nowMs();
    fills_.clear();
    waits_.clear();
    reasons_.clear();
    hints_.clear();
    stripRuns_.clear();
    stripRows_.clear();
    stripReasons_.clear();
    stripHints_.clear();
    std::array<int, Other + 1> counts{};
    const int stripBegin = std::max(0, recent.size() - kStripMax);
    for (int i = 0; i < recent.size(); ++i) {
        const auto& batch = recent.Get(i);
        const int why = whyOf(batch.why());
        const QString hint = hintOf(batch);
        fills_.append(batch.size_limit() > 0 ? static_cast<double>(batch.rows()) / batch.size_limit() : 1);
        waits_.append(batch.wait_ms());
        reasons_.append(why);
        hints_.append(hint);
        if (i < stripBegin) continue;
        ++counts[static_cast<std::size_t>(why)];
        stripRuns_.append(batch.run_ms());
        stripRows_.append(batch.rows());
        stripReasons_.append(why + (batch.failed() ? BatchStrip::kFailed : 0));
        stripHints_.append(hint);
    }
    stripFrom_ =
        stripRows_.isEmpty() ? QString() : format::ago(std::max<qint64>(0, now - recent.Get(stripBegin).time_ms()));
    stripSummary_ = tr("The last %1 batches: %2 dispatched full, %3 to an idle backend, %4 by timeout, %5 by deadline, "
                       "%6 by flush.")
                        .arg(stripRows_.size())
                        .arg(counts[Size])
                        .arg(counts[Idle])
                        .arg(counts[Timeout])
                        .arg(counts[Deadline])
                        .arg(counts[Flush]);
}

}  // namespace millrace::desktop
