// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/flow_view_model.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "format/numbers.h"
#include "format/said.h"
#include "goals.h"
#include "viewmodels/models_view_model.h"
#include "viewmodels/page_figures.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QMap>

#include <algorithm>
#include <cmath>

namespace millrace::desktop {
namespace {

using format::Unit;
using Maybe = std::optional<double>;

QString rounded(Maybe value)
{
    return value ? format::count(std::round(*value)) : format::kNone;
}

// Of the same seconds as what is served: during an outage a quiet second is not one without errors, nor a second of
// errors all that there was.
Maybe errorShare(const PageFigures& now)
{
    const double failing = now.lately("failed_per_second").value_or(0);
    const double ended = failing + now.lately("served_per_second").value_or(0);
    return ended > 0 ? failing / ended : Maybe();
}

// Share of all batches since the engine started that were dispatched full.
Maybe leftBySize(const control::BatchSection& section)
{
    double size = 0, all = 0;
    for (const auto& lane : section.lanes()) {
        for (const auto& closed : lane.closed_total()) {
            all += static_cast<double>(closed.count());
            if (closed.reason() == control::DISPATCH_REASON_FULL) size += static_cast<double>(closed.count());
        }
    }
    return all > 0 ? Maybe(size / all) : std::nullopt;
}

// Where each key figure is explained.
constexpr FigureTarget kTargets[] = {
    {"throughput", "flow#served_per_second"}, {"latency", "flow#latency_tensor_p99_ms"},
    {"first_byte", "requests#requests"},      {"added", "flow#added_p99_ms"},
    {"memory", "requests#requests"},          {"accuracy", "models#predictions"},
};

}  // namespace

FlowViewModel::FlowViewModel(Session& session, QObject* parent) : PageViewModel(session, parent)
{
    // Moving through the past moves the figures along.
    connect(session.time(), &TimeView::rangeChanged, this, [this] {
        if (isActive() && this->session().time()->isPaused()) refresh();
    });
}

double FlowViewModel::latencyGoal() const
{
    return goals::kLatencyP99MsMax;
}
double FlowViewModel::reuseGoal() const
{
    return goals::kReuseMin;
}
double FlowViewModel::preloadGoal() const
{
    return goals::kPreloadHitsMin;
}

void FlowViewModel::refresh()
{
    const auto& frame = session().frame();
    bufferPause_ = static_cast<double>(frame.streams().buffered_bytes_max());
    moving_ = frame.flow().requests_in_flight() > 0;
    refreshStages();
    refreshKpis();
    Q_EMIT changed();
}

void FlowViewModel::refreshStages()
{
    const auto& frame = session().frame();
    const qint64 when = session().time()->endMs();
    const auto at = [&](const char* name) { return session().shownSeries().at(QString::fromLatin1(name), when); };

    const PageFigures now(session());
    const Maybe served = now.lately("served_per_second");  // as the key figure

    // What the frame alone has cannot follow the bar of time into the past: it is not known for that moment.
    const bool past = session().time()->isPast();
    const auto ofNow = [past](const QString& text) { return past ? format::kNone : text; };

    QList<StageRow> rows;
    const auto add = [&rows](Stage::Value stage, const QString& title, const QString& value, const QString& unit,
                             const QStringList& labels, const QStringList& values) {
        rows.append({stage, title, value, unit, labels, values, false, {}});
    };
    add(Stage::Clients, tr("Clients"), rounded(at("requests_in_flight")), tr("in flight"),
        {tr("served"), tr("errors"), tr("refused")},
        {rounded(served) + (served ? QStringLiteral(" /s") : QString()), format::text(errorShare(now), Unit::Share),
         format::text(now.lately("refused_per_second"), Unit::PerSecond)});

    const auto reuse = format::figure(at("connection_reuse"), Unit::Share);
    const Maybe busy = at("connections_active");
    add(Stage::Connections, tr("Connections"), reuse.value + QStringLiteral(" %"), tr("reused"),
        {tr("open"), tr("connect p99"), tr("health p99")},
        {busy ? tr("%1 (%2 busy)").arg(rounded(at("connections_open")), rounded(busy))
              : rounded(at("connections_open")),
         format::text(at("connection_create_p99_ms"), Unit::Milliseconds),
         format::text(at("health_p99_ms"), Unit::Milliseconds)});

    add(Stage::Batches, tr("Batches"), rounded(at("batch_rows_average")), tr("rows / batch"),
        {tr("sent full"), tr("wait p99"), tr("efficiency")},
        {ofNow(format::text(leftBySize(frame.batches()), Unit::Share)),
         format::text(at("batch_wait_p99_ms"), Unit::Milliseconds), format::text(at("batch_efficiency"), Unit::Share)});

    // In whole percent, for want of width: but not 100 while one is missing, nor 0 while there is one.
    const Maybe hitRate = at("preload_hit_rate");
    const auto whole = [](double share) {
        return std::clamp(std::round(100 * share), share > 0 ? 1.0 : 0.0, share < 1 ? 99.0 : 100.0);
    };
    const QString hits = hitRate ? format::number(whole(*hitRate), 0) : format::kNone;
    const Maybe loaded = at("resident_models");
    const Maybe resident = at("resident_bytes");
    const control::ModelState* next = nullptr;
    for (const auto& model : frame.models().models()) {
        if (!next || model.next_probability() > next->next_probability()) next = &model;
    }
    const bool guess = next && next->next_probability() > 0;
    const int loadable = ModelsViewModel::loadableCount(frame.models());
    const bool allFit = !past && ModelsViewModel::allFit(frame.models(), loaded);
    add(Stage::Models, tr("Models"), allFit ? tr("%1 of %1").arg(format::count(loadable)) : hits + QStringLiteral(" %"),
        allFit ? tr("in memory: all fit") : tr("preload hits"), {tr("loaded"), tr("next"), tr("queue")},
        {!loaded || !resident ? format::kNone
         : past               ? QStringLiteral("%1 · %2").arg(rounded(loaded), format::bytes(*resident))
                : tr("%1 of %2 · %3").arg(rounded(loaded), format::count(loadable), format::bytes(*resident)),
         guess ? ofNow(QStringLiteral("%1 %2 %")
                           .arg(QString::fromStdString(next->model()))
                           .arg(std::lround(100 * next->next_probability())))
               : format::kNone,
         rounded(at("load_queue"))});

    const auto run = format::figure(at("batch_run_p50_ms"), Unit::Milliseconds);
    // A backend may have a pool for each protocol: it is healthy if all of them are.
    QMap<QString, bool> backends;
    for (const auto& pool : frame.pools().pools()) {
        const QString name = QString::fromStdString(pool.backend());
        backends[name] = backends.value(name, true) && pool.health() == control::BACKEND_HEALTH_HEALTHY;
    }
    const auto healthy = std::count(backends.cbegin(), backends.cend(), true);
    add(Stage::Inference, tr("Inference"), run.value + QChar(0x00A0) + run.unit, tr("/ batch"),
        {tr("batches"), tr("rows"), tr("healthy backends")},
        {at("batches_per_second") ? rounded(at("batches_per_second")) + QStringLiteral(" /s") : format::kNone,
         at("batch_rows_per_second") ? rounded(at("batch_rows_per_second")) + QStringLiteral(" /s") : format::kNone,
         frame.has_pools() ? ofNow(tr("%1 of %2").arg(healthy).arg(backends.size())) : format::kNone});

    const auto sent = format::figure(at("stream_bytes_out_per_second"), Unit::BytesPerSecond);
    const Maybe buffered = at("stream_buffered_bytes");
    add(Stage::Streams, tr("Streams"), sent.value, sent.unit, {tr("open"), tr("buffered"), tr("backpressure")},
        {rounded(at("streams_open")),
         buffered && bufferPause_ > 0 ? format::bytesOf(*buffered, bufferPause_) : format::text(buffered, Unit::Bytes),
         format::text(at("backpressure_rate"), Unit::Share)});

    const Stage::Value bottleneck = Stage::of(frame.flow().bottleneck_stage());
    for (StageRow& row : rows) {
        row.bottleneck = !past && row.stage == bottleneck;
        if (row.bottleneck) row.why = format::said(frame.flow().bottleneck_words(), frame.flow().bottleneck_why());
    }
    stages_.sync(rows);
}

void FlowViewModel::refreshKpis()
{
    const PageFigures now(session());
    const auto goal = [](const QString& text) { return tr("goal %1").arg(text); };
    QList<KpiRow> rows;

    const Maybe rate = now.lately("served_per_second");
    rows.append({QStringLiteral("throughput"),
                 tr("Throughput"),
                 rounded(rate),
                 tr("req/s"),
                 now.note(goals::kThroughput, goal(QStringLiteral("≥ ") + format::count(goals::kThroughputMin))),
                 now.verdict(goals::kThroughput, rate),
                 QStringLiteral("served_per_second"),
                 {}});

    const Maybe p99 = now.lately("latency_tensor_p99_ms");
    const auto latency = format::figure(p99, Unit::Milliseconds);
    rows.append({QStringLiteral("latency"), tr("p99 of tensor calls"), latency.value, latency.unit,
                 now.note(goals::kLatency, goal(QStringLiteral("≤ ") + format::milliseconds(goals::kLatencyP99MsMax))),
                 now.verdict(goals::kLatency, p99), QStringLiteral("latency_tensor_p99_ms"), Stage::Batches});

    const auto first = format::figure(now.lately("first_byte_p50_ms"), Unit::Milliseconds);
    rows.append({QStringLiteral("first_byte"), tr("Time to first token"), first.value, tr("%1 p50").arg(first.unit),
                 tr("p99 %1").arg(format::text(now.lately("first_byte_p99_ms"), Unit::Milliseconds)), KpiList::None,
                 QStringLiteral("first_byte_p50_ms"), Stage::Streams});

    const auto added = format::figure(now.lately("added_p50_ms"), Unit::Milliseconds);
    rows.append({QStringLiteral("added"),
                 tr("Added by Millrace"),
                 added.value,
                 tr("%1 p50").arg(added.unit),
                 tr("p99 %1").arg(format::text(now.lately("added_p99_ms"), Unit::Milliseconds)),
                 KpiList::None,
                 QStringLiteral("added_p50_ms"),
                 {}});

    const Maybe memory = now.lately("memory_per_request_bytes");
    const auto each = format::figure(memory, Unit::Bytes);
    rows.append(
        {QStringLiteral("memory"), tr("Memory / request"), each.value, memory ? each.unit : QString(),
         now.note(goals::kMemoryPerRequest, goal(QStringLiteral("≤ ") + format::bytes(goals::kMemoryPerRequestMax))),
         now.verdict(goals::kMemoryPerRequest, memory), QStringLiteral("memory_per_request_bytes"), Stage::Inference});

    const auto share = format::figure(now.at("prediction_accuracy"), Unit::Share);
    rows.append({QStringLiteral("accuracy"), tr("Prediction accuracy"), share.value, share.unit,
                 tr("goal ≥ %1 · changes %2").arg(format::share(goals::kPredictionMin), now.percent("change_accuracy")),
                 now.verdict(goals::kPrediction), QStringLiteral("prediction_accuracy"), Stage::Models});
    kpis_.sync(withTargets(rows, kTargets));
}

}  // namespace millrace::desktop
