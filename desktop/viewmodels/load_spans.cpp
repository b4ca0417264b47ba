// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/load_spans.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "format/event_words.h"
#include "format/natural_order.h"
#include "format/numbers.h"
#include "format/said.h"
#include "items/load_timeline.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QHash>

#include <algorithm>
#include <cstdint>
#include <numeric>

namespace millrace::desktop {
namespace {

using Model = control::ModelState;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(LoadSpans)
};

int causeKind(control::LoadCause cause)
{
    switch (cause) {
        case control::LOAD_CAUSE_PRELOAD:
            return LoadTimeline::Preload;
        case control::LOAD_CAUSE_DEMAND:
            return LoadTimeline::Demand;
        case control::LOAD_CAUSE_MANUAL:
        case control::LOAD_CAUSE_PIN:
        case control::LOAD_CAUSE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(LoadCause);
    }
    return LoadTimeline::Manual;
}

QString causeWord(control::LoadCause cause)
{
    switch (cause) {
        case control::LOAD_CAUSE_PRELOAD:
            return Words::tr("preloaded");
        case control::LOAD_CAUSE_DEMAND:
            return Words::tr("loaded on demand");
        case control::LOAD_CAUSE_PIN:
            return Words::tr("loaded because it is pinned");
        case control::LOAD_CAUSE_MANUAL:
            return Words::tr("loaded manually");
        case control::LOAD_CAUSE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(LoadCause);
    }
    return format::unknownText(cause);
}

/// Empty: no preload, or not known yet.
QString verdictWord(control::PreloadVerdict verdict)
{
    switch (verdict) {
        case control::PRELOAD_VERDICT_HIT:
            return Words::tr("used: a hit");
        case control::PRELOAD_VERDICT_LATE:
            return Words::tr("needed before it was ready: late");
        case control::PRELOAD_VERDICT_WASTED:
            return Words::tr("not used: wasted");
        case control::PRELOAD_VERDICT_UNSPECIFIED:
            return {};
            MILLRACE_NEWER_VALUES(PreloadVerdict);
    }
    return format::unknownText(verdict);
}

/// Of a load that has failed; empty: it has not. %1 is the model, %2 the time.
QString failureText(control::LoadOutcome outcome)
{
    switch (outcome) {
        case control::LOAD_OUTCOME_FAILED:
            return Words::tr("%1: loading failed after %2");
        case control::LOAD_OUTCOME_TIMEOUT:
            return Words::tr("%1: loading timed out after %2");
        case control::LOAD_OUTCOME_CANCELLED:
            return Words::tr("%1: loading cancelled after %2");
        case control::LOAD_OUTCOME_QUEUED:
        case control::LOAD_OUTCOME_LOADING:
        case control::LOAD_OUTCOME_OK:
        case control::LOAD_OUTCOME_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(LoadOutcome);
    }
    return {};
}

bool isFailed(control::LoadOutcome outcome)
{
    return !failureText(outcome).isEmpty();
}

}  // namespace

LoadSpans loadSpans(const control::ModelSection& section, const TimeSpan& window, qint64 now, int lanesMax)
{
    LoadSpans out;
    const auto add = [&](int lane, qint64 fromMs, qint64 toMs, int kind, const QString& hint) {
        if (toMs < window.beginMs || fromMs > window.endMs || window.endMs <= window.beginMs) return;
        const auto place = [&](qint64 at) {
            const double part = static_cast<double>(at - window.beginMs) / static_cast<double>(window.lengthMs());
            return std::clamp(part, 0.0, 1.0);
        };
        out.lanes.append(lane);
        out.begins.append(place(fromMs));
        out.ends.append(place(toMs));
        out.kinds.append(kind);
        out.hints.append(hint);
    };

    // A lane for each model that was loaded, loading or in memory within the window.
    QHash<QString, qint64> firstLoad;
    QStringList seen;
    const auto see = [&seen](const QString& name) {
        if (!seen.contains(name)) seen.append(name);
    };
    for (const auto& load : section.recent()) {
        const QString name = QString::fromStdString(load.model());
        const qint64 from = load.queued_ms();
        if (!firstLoad.contains(name)) firstLoad.insert(name, from);
        const bool gone = load.unloaded_ms() != 0 || isFailed(load.outcome());
        const qint64 last = load.unloaded_ms() != 0 ? load.unloaded_ms() : gone ? load.ended_ms() : now;
        if (last >= window.beginMs && from <= window.endMs) see(name);
    }
    QStringList managed;  // by their servers: always in memory, so that their lanes say least
    for (const Model& model : section.models()) {
        if (model.state() != control::MODEL_PHASE_WARM) continue;
        const QString name = QString::fromStdString(model.model());
        if (model.loadable())
            see(name);
        else if (!seen.contains(name))
            managed.append(name);
    }
    const auto byName = [](const QString& a, const QString& b) { return format::compareNatural(a, b) < 0; };
    std::sort(seen.begin(), seen.end(), byName);
    std::sort(managed.begin(), managed.end(), byName);
    out.laneNames = (seen + managed).mid(0, lanesMax);
    std::sort(out.laneNames.begin(), out.laneNames.end(), byName);

    const auto kept = static_cast<std::uint64_t>(section.recent_size());
    const auto all = std::accumulate(section.models().begin(), section.models().end(), std::uint64_t(0),
                                     [](std::uint64_t sum, const Model& model) { return sum + model.loads_total(); });
    if (kept > 0 && all > kept && window.lengthMs() > 0) {
        const auto oldest =
            std::min_element(section.recent().begin(), section.recent().end(),
                             [](const auto& left, const auto& right) { return left.queued_ms() < right.queued_ms(); });
        out.knownFrom = std::clamp(
            static_cast<double>(oldest->queued_ms() - window.beginMs) / static_cast<double>(window.lengthMs()), 0.0,
            1.0);
    }

    for (const Model& model : section.models()) {
        // In memory since before the oldest load that is known.
        const QString name = QString::fromStdString(model.model());
        const int lane = static_cast<int>(out.laneNames.indexOf(name));
        if (lane < 0 || firstLoad.contains(name) || model.state() != control::MODEL_PHASE_WARM) continue;
        add(lane, window.beginMs, now, LoadTimeline::Warm,
            model.loadable() ? Words::tr("%1: in memory").arg(name) : Words::tr("%1: managed by its server").arg(name));
    }
    int loads = 0, failures = 0;
    for (const auto& load : section.recent()) {
        const QString name = QString::fromStdString(load.model());
        const int lane = static_cast<int>(out.laneNames.indexOf(name));
        if (lane < 0) continue;
        const bool failed = isFailed(load.outcome());
        const qint64 started = load.started_ms() != 0 ? load.started_ms() : failed ? load.ended_ms() : now;
        const qint64 ended = load.ended_ms() != 0 ? load.ended_ms() : now;
        if (ended >= window.beginMs && load.queued_ms() <= window.endMs) {
            ++loads;
            failures += failed ? 1 : 0;
        }
        // A wait that would be thinner than a pixel only blurs the load that follows it.
        if (started - load.queued_ms() > (window.endMs - window.beginMs) / 300) {
            add(lane, load.queued_ms(), std::min(started, ended), LoadTimeline::Waiting,
                Words::tr("%1: waited %2 to be loaded")
                    .arg(name, format::milliseconds(static_cast<double>(started - load.queued_ms()))));
        }
        if (load.ended_ms() != 0 && !failed) {
            const qint64 last = load.unloaded_ms() != 0 ? load.unloaded_ms() : now;
            QString words =
                Words::tr("%1: in memory for %2").arg(name, format::span(std::max<qint64>(0, last - ended)));
            if (load.unloaded_ms() != 0 && !load.unloaded_why().empty()) {
                words += Words::tr(" · unloaded: %1").arg(format::said(load.unloaded_words(), load.unloaded_why()));
            }
            add(lane, ended, last, LoadTimeline::Warm, words);
        }
        if (load.started_ms() != 0) {
            QString words =
                Words::tr("%1: %2 in %3")
                    .arg(name, causeWord(load.cause()), format::milliseconds(static_cast<double>(ended - started)));
            if (failed) {
                words =
                    failureText(load.outcome()).arg(name, format::milliseconds(static_cast<double>(ended - started)));
            } else if (load.ended_ms() == 0) {
                words = Words::tr("%1: loading").arg(name);
            }
            if (!load.why().empty()) words += QStringLiteral(" · ") + format::said(load.why_words(), load.why());
            if (const QString verdict = verdictWord(load.verdict()); !verdict.isEmpty()) {
                words += QStringLiteral(" · ") + verdict;
            }
            add(lane, started, ended, failed ? int(LoadTimeline::Failed) : causeKind(load.cause()), words);
        }
    }
    out.summary = Words::tr("Loads in the shown window: %1, failed: %2; models shown: %3.")
                      .arg(loads)
                      .arg(failures)
                      .arg(out.laneNames.size());
    if (out.knownFrom > 0) out.summary += u' ' + Words::tr("Earlier loads are no longer kept.");
    return out;
}

}  // namespace millrace::desktop
