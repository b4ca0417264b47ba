// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/flow_view_model.h"

#include "control.pb.h"
#include "format/numbers.h"
#include "goals.h"

#include <QtCore/QCoreApplication>

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

// "3.1 of 10 MB": both in the unit of the limit, said once.
QString bufferOf(double held, double limit)
{
    const auto whole = format::figure(limit, Unit::Bytes);
    const double scale = limit / std::max(1e-9, QString(whole.value).remove(u',').toDouble());
    return QCoreApplication::translate("Flow", "%1 of %2").arg(format::number(held / scale, 1), format::bytes(limit));
}

// Share of all batches since the engine started that left because they were full.
Maybe leftBySize(const control::BatchSection& section)
{
    double size = 0, all = 0;
    for (const auto& lane : section.lanes()) {
        for (const auto& [reason, count] : lane.closed_total()) {
            all += static_cast<double>(count);
            if (reason == "size") size += static_cast<double>(count);
        }
    }
    return all > 0 ? Maybe(size / all) : std::nullopt;
}

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
    everServed_ = frame.flow().requests_total() > 0 || moving_;
    refreshStages();
    refreshKpis();
    Q_EMIT changed();
}

void FlowViewModel::refreshStages()
{
    const auto& frame = session().frame();
    const qint64 when = session().time()->endMs();
    const auto at = [&](const char* name) { return session().series().at(QString::fromLatin1(name), when); };

    const Maybe served = at("requests_per_second");
    const Maybe failed = at("failed_per_second");
    Maybe errors;
    if (served && failed && *served + *failed > 0) errors = *failed / (*served + *failed);

    QList<StageRow> rows;
    const auto add = [&rows](const char* stage, const QString& title, const QString& value, const QString& unit,
                             const QStringList& labels, const QStringList& values) {
        rows.append({QString::fromLatin1(stage), title, value, unit, labels, values, false, {}});
    };
    add("clients", tr("Clients"), rounded(at("requests_in_flight")), tr("in flight"),
        {tr("requests"), tr("errors"), tr("cancelled")},
        {rounded(served) + (served ? QStringLiteral(" /s") : QString()), format::text(errors, Unit::Share),
         format::text(at("cancelled_per_second"), Unit::PerSecond)});

    const auto reuse = format::figure(at("connection_reuse"), Unit::Share);
    const Maybe busy = at("connections_active");
    add("connections", tr("Connections"), reuse.value + QStringLiteral(" %"), tr("reused"),
        {tr("open"), tr("create p99"), tr("health p99")},
        {busy ? tr("%1 (%2 busy)").arg(rounded(at("connections_open")), rounded(busy))
              : rounded(at("connections_open")),
         format::text(at("connection_create_p99_ms"), Unit::Milliseconds),
         format::text(at("health_p99_ms"), Unit::Milliseconds)});

    add("batches", tr("Batches"), rounded(at("batch_rows_average")), tr("rows each"),
        {tr("left full"), tr("wait p99"), tr("efficiency")},
        {format::text(leftBySize(frame.batches()), Unit::Share),
         format::text(at("batch_wait_p99_ms"), Unit::Milliseconds), format::text(at("batch_efficiency"), Unit::Share)});

    const Maybe hitRate = at("preload_hit_rate");
    const QString hits = hitRate ? format::number(100 * *hitRate, 0) : format::kNone;
    int warm = 0;
    const control::ModelState* next = nullptr;
    for (const auto& model : frame.models().models()) {
        if (model.state() == "warm") ++warm;
        if (!next || model.next_probability() > next->next_probability()) next = &model;
    }
    const bool guess = next && next->next_probability() > 0;
    add("models", tr("Models"), hits + QStringLiteral(" %"), tr("preload hits"), {tr("warm"), tr("next"), tr("queue")},
        {frame.has_models() ? tr("%1 of %2 · %3")
                                  .arg(warm)
                                  .arg(frame.models().models_size())
                                  .arg(format::bytes(static_cast<double>(frame.models().resident_bytes())))
                            : format::kNone,
         guess ? QStringLiteral("%1 %2 %")
                     .arg(QString::fromStdString(next->model()))
                     .arg(std::lround(100 * next->next_probability()))
               : format::kNone,
         rounded(at("load_queue"))});

    const auto run = format::figure(at("batch_run_p50_ms"), Unit::Milliseconds);
    int healthy = 0;
    for (const auto& pool : frame.pools().pools()) {
        if (pool.health() == "healthy") ++healthy;
    }
    add("inference", tr("Inference"), run.value + QChar(0x00A0) + run.unit, tr("per batch"),
        {tr("batches"), tr("rows"), tr("upstreams well")},
        {at("batches_per_second") ? rounded(at("batches_per_second")) + QStringLiteral(" /s") : format::kNone,
         at("batch_rows_per_second") ? rounded(at("batch_rows_per_second")) + QStringLiteral(" /s") : format::kNone,
         frame.has_pools() ? tr("%1 of %2").arg(healthy).arg(frame.pools().pools_size()) : format::kNone});

    const auto sent = format::figure(at("stream_bytes_out_per_second"), Unit::BytesPerSecond);
    const Maybe buffered = at("stream_buffered_bytes");
    add("streams", tr("Streams"), sent.value, sent.unit, {tr("open"), tr("buffered"), tr("backpressure")},
        {rounded(at("streams_open")),
         buffered && bufferPause_ > 0 ? bufferOf(*buffered, bufferPause_) : format::text(buffered, Unit::Bytes),
         format::text(at("backpressure_rate"), Unit::Share)});

    const QString narrowest = QString::fromStdString(frame.flow().narrowest_stage());
    for (StageRow& row : rows) {
        row.narrowest = row.stage == narrowest;
        if (row.narrowest) row.why = QString::fromStdString(frame.flow().narrowest_why());
    }
    stages_.sync(rows);
}

void FlowViewModel::refreshKpis()
{
    const qint64 when = session().time()->endMs();
    const auto at = [&](const char* name) { return session().series().at(QString::fromLatin1(name), when); };
    const auto verdict = [](Maybe value, auto met) -> int {
        if (!value) return KpiList::None;
        return met(*value) ? KpiList::Met : KpiList::Missed;
    };
    QList<KpiRow> rows;

    const Maybe rate = at("requests_per_second");
    rows.append({QStringLiteral("throughput"),
                 tr("Throughput"),
                 rounded(rate),
                 tr("req/s"),
                 tr("goal ≥ %1 under load").arg(format::count(goals::kThroughputMin)),
                 rate && *rate >= goals::kThroughputMin ? KpiList::Met : KpiList::None,
                 QStringLiteral("requests_per_second"),
                 {}});

    const Maybe p99 = at("latency_p99_ms");
    const auto latency = format::figure(p99, Unit::Milliseconds);
    rows.append({QStringLiteral("latency"), tr("Latency p99"), latency.value, latency.unit,
                 tr("goal ≤ %1").arg(format::count(goals::kLatencyP99MsMax) + QChar(0x00A0) + QStringLiteral("ms")),
                 verdict(p99, [](double v) { return v <= goals::kLatencyP99MsMax; }), QStringLiteral("latency_p99_ms"),
                 QStringLiteral("batches")});

    const auto first = format::figure(at("first_byte_p50_ms"), Unit::Milliseconds);
    rows.append({QStringLiteral("first_byte"), tr("Time to first token"), first.value, tr("%1 p50").arg(first.unit),
                 tr("p99 %1").arg(format::text(at("first_byte_p99_ms"), Unit::Milliseconds)), KpiList::None,
                 QStringLiteral("first_byte_p50_ms"), QStringLiteral("streams")});

    const Maybe memory = at("memory_per_request_bytes");
    const auto each = format::figure(memory, Unit::Bytes);
    rows.append({QStringLiteral("memory"), tr("Memory per request"), each.value, memory ? each.unit : QString(),
                 tr("goal ≤ %1").arg(format::bytes(goals::kMemoryPerRequestMax)),
                 verdict(memory, [](double v) { return v <= goals::kMemoryPerRequestMax; }),
                 QStringLiteral("memory_per_request_bytes"), QStringLiteral("inference")});

    const Maybe accuracy = at("prediction_accuracy");
    const auto share = format::figure(accuracy, Unit::Share);
    rows.append({QStringLiteral("accuracy"), tr("Prediction accuracy"), share.value, share.unit,
                 tr("goal ≥ %1").arg(format::share(goals::kPredictionMin)),
                 verdict(accuracy, [](double v) { return v >= goals::kPredictionMin; }),
                 QStringLiteral("prediction_accuracy"), QStringLiteral("models")});
    kpis_.sync(rows);
}

}  // namespace millrace::desktop
