// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/health.h"

#include "control.pb.h"
#include "format/enum_words.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "format/said.h"
#include "format/series_words.h"
#include "goals.h"
#include "series/goal_evaluator.h"

#include <QtCore/QCoreApplication>
#include <QtCore/QHash>
#include <QtCore/QRegularExpression>

#include <algorithm>

namespace millrace::desktop {
namespace {

using Kind = Remedy::Kind;
using Level = HealthLevel;
using Phase = EngineClient::Phase;

// Failures are reported from this share on, and are critical from that one; a handful at least, for one of two is
// noise.
constexpr double kFailedShareWarning = 0.01;
constexpr double kFailedShareCritical = 0.2;
constexpr quint64 kFailedMin = 3;
// Refusing is what limits are for: reported like failures, but half of the requests have to be turned away before it is
// critical. Requests that are invalid are their client's matter: reported where they are many, and never as our
// problem.
constexpr double kRefusedShareWarning = 0.01;
constexpr double kRefusedShareCritical = 0.5;
constexpr double kRejectedShareTold = 0.1;

struct Words {
    Q_DECLARE_TR_FUNCTIONS(Health)
};

QString str(const std::string& text)
{
    return QString::fromStdString(text);
}

Problem away(const HealthInput& input)
{
    Problem problem{QStringLiteral("engine"), Level::Critical, input.engineTitle, input.engineProblem, {}, true};
    switch (input.phase) {
        case Phase::Connecting:  // decided within moments: no reason for a banner
            problem.outage = false;
            problem.level = Level::Busy;
            break;
        case Phase::Starting:
            problem.level = Level::Busy;
            break;
        case Phase::NoEngine:
            if (!input.mayStart)
                problem.remedy = {Kind::Retry, Words::tr("Try again"), {}};
            else if (input.portTaken)
                problem.remedy = {Kind::StartOnFreePorts, Words::tr("Start on free ports"), {}};
            else
                problem.remedy = {Kind::StartEngine, Words::tr("Start engine"), {}};
            break;
        case Phase::Silent:
            problem.level = Level::Warning;
            break;
        case Phase::Reconnecting:
            problem.level = Level::Warning;
            problem.remedy = {Kind::Retry, Words::tr("Try again"), {}};
            break;
        default:
            problem.remedy = {Kind::Retry, Words::tr("Try again"), {}};
            break;
    }
    return problem;
}

struct BackendState {
    QString name;
    bool takes = false;     ///< at least one of its pools accepts requests
    bool draining = false;  ///< by the operator
    bool disabled = false;
    bool unknown = false;  ///< not checked yet
    QString reason;
};

QList<BackendState> backendsOf(const control::Frame& frame)
{
    QList<BackendState> out;
    for (const auto& pool : frame.pools().pools()) {
        const QString name = str(pool.backend());
        auto found =
            std::find_if(out.begin(), out.end(), [&](const BackendState& backend) { return backend.name == name; });
        if (found == out.end()) {
            out.append({name, false, false, false, false, {}});
            found = out.end() - 1;
        }
        switch (pool.health()) {
            case control::BACKEND_HEALTH_HEALTHY:
            case control::BACKEND_HEALTH_PROBING:
                found->takes = true;
                break;
            case control::BACKEND_HEALTH_UNKNOWN:
                found->takes = found->unknown = true;
                break;
            case control::BACKEND_HEALTH_DRAINING:
                found->draining = true;
                break;
            case control::BACKEND_HEALTH_DISABLED:
                found->disabled = true;
                break;
            case control::BACKEND_HEALTH_EJECTED:
            case control::BACKEND_HEALTH_UNSPECIFIED:
                MILLRACE_NEWER_VALUES(BackendHealth);
        }
        if (pool.health() != control::BACKEND_HEALTH_HEALTHY && found->reason.isEmpty())
            found->reason = format::said(pool.health_words(), pool.health_reason());
    }
    return out;
}

QStringList namesOf(const QList<BackendState>& backends)
{
    QStringList out;
    for (const BackendState& backend : backends) out.append(backend.name);
    return out;
}

void evaluateBackends(const control::Frame& frame, QList<Problem>& out)
{
    if (!frame.has_pools()) return;
    const QList<BackendState> all = backendsOf(frame);
    QList<BackendState> draining, ejected, disabled;
    bool anyTakes = false;
    for (const BackendState& backend : all) {
        anyTakes |= backend.takes && !backend.draining;
        if (backend.draining)
            draining.append(backend);
        else if (backend.disabled)
            disabled.append(backend);
        else if (!backend.takes)
            ejected.append(backend);
    }
    if (all.isEmpty()) {
        out.append({QStringLiteral("no-backends"),
                    Level::Critical,
                    Words::tr("No backend configured"),
                    Words::tr("No backend is configured, so every request is refused."),
                    {Kind::ShowPage, Words::tr("Open settings"), {QStringLiteral("settings")}},
                    true});
        return;
    }
    if (!anyTakes) {
        QStringList parts;
        if (!draining.isEmpty()) parts.append(Words::tr("%Ln draining", nullptr, static_cast<int>(draining.size())));
        if (!ejected.isEmpty()) parts.append(Words::tr("%Ln unhealthy", nullptr, static_cast<int>(ejected.size())));
        if (!disabled.isEmpty()) parts.append(Words::tr("%Ln disabled", nullptr, static_cast<int>(disabled.size())));
        QString text = Words::tr("No backend takes requests: %1.").arg(parts.join(QStringLiteral(", ")));
        if (!ejected.isEmpty() && !ejected.first().reason.isEmpty())
            text += u' ' + Words::tr("%1: %2").arg(ejected.first().name, ejected.first().reason);
        Remedy remedy;
        if (!draining.isEmpty())
            remedy = {Kind::Resume, Words::tr("Resume"), namesOf(draining)};
        else if (!ejected.isEmpty())
            remedy = {Kind::Probe, Words::tr("Check now"), namesOf(ejected)};
        else
            remedy = {Kind::ShowPage, Words::tr("Open settings"), {QStringLiteral("settings")}};
        out.append({QStringLiteral("no-backend-takes"), Level::Critical, Words::tr("No backend takes requests"), text,
                    remedy, true});
        return;
    }
    for (const BackendState& backend : std::as_const(draining)) {
        out.append({QStringLiteral("draining/") + backend.name,
                    Level::Warning,
                    Words::tr("%1 is draining").arg(backend.name),
                    Words::tr("Backend %1 is draining: it takes no new requests.").arg(backend.name),
                    {Kind::Resume, Words::tr("Resume"), {backend.name}},
                    false});
    }
    for (const BackendState& backend : std::as_const(ejected)) {
        const QString reason = backend.reason.isEmpty() ? Words::tr("it takes no requests") : backend.reason;
        out.append({QStringLiteral("ejected/") + backend.name,
                    Level::Warning,
                    Words::tr("%1 is unhealthy").arg(backend.name),
                    Words::tr("Backend %1 is unhealthy: %2.").arg(backend.name, reason),
                    {Kind::Probe, Words::tr("Check now"), {backend.name}},
                    false});
    }
}

double shareOf(quint64 part, quint64 all)
{
    return all == 0 ? 0 : std::min(1.0, static_cast<double>(part) / static_cast<double>(all));
}

/// "37 of 120 requests were refused in the last 10 s", of which `sentence` has the places.
QString countedText(const QString& sentence, quint64 part, quint64 all)
{
    return sentence.arg(format::count(static_cast<double>(part)), format::count(static_cast<double>(all)),
                        QString::number(FailureWindow::kSpanMs / 1000), format::share(shareOf(part, all)));
}

/// Who, and what the engine said to it.
QString unservedText(const Unserved& whom)
{
    QString text;
    if (!whom.client.isEmpty()) text += u' ' + Words::tr("Most of them: %1.").arg(whom.client);
    if (!whom.reason.isEmpty()) text += u' ' + Words::tr("Reason: %1.").arg(format::quoted(whom.reason));
    return text;
}

void evaluateRequests(const HealthInput& input, QList<Problem>& out)
{
    const Ended& ended = input.ended;
    const double failed = shareOf(ended.failed, ended.all);
    if (ended.failed >= kFailedMin && failed >= kFailedShareWarning) {
        out.append({QStringLiteral("failures"),
                    failed >= kFailedShareCritical ? Level::Critical : Level::Warning,
                    Words::tr("%1 of requests fail").arg(format::share(failed)),
                    countedText(Words::tr("%1 of %2 requests failed in the last %3 s (%4)."), ended.failed, ended.all),
                    {Kind::ShowRequests, Words::tr("Show"), {QStringLiteral("phase:failed")}},
                    false});
    }
    const double refused = shareOf(ended.refused, ended.all);
    if (ended.refused >= kFailedMin && refused >= kRefusedShareWarning) {
        const QString& setting = input.refused.setting;
        out.append({QStringLiteral("refusals"), refused >= kRefusedShareCritical ? Level::Critical : Level::Warning,
                    Words::tr("%1 of requests are refused").arg(format::share(refused)),
                    countedText(Words::tr("%1 of %2 requests were refused because of a limit in the last %3 s (%4)."),
                                ended.refused, ended.all) +
                        unservedText(input.refused),
                    setting.isEmpty()
                        ? Remedy{Kind::ShowRequests, Words::tr("Show"), {QStringLiteral("phase:refused")}}
                        : Remedy{Kind::ShowPage, Words::tr("Open limit"), {QStringLiteral("settings/") + setting}},
                    false});
    }
    const double rejected = shareOf(ended.rejected, ended.all);
    if (ended.rejected >= kFailedMin && rejected >= kRejectedShareTold) {
        out.append({QStringLiteral("rejections"),
                    Level::Info,
                    Words::tr("%1 of requests are rejected").arg(format::share(rejected)),
                    countedText(Words::tr("%1 of %2 requests were invalid in the last %3 s (%4)."), ended.rejected,
                                ended.all) +
                        unservedText(input.rejected),
                    {Kind::ShowRequests, Words::tr("Show"), {QStringLiteral("phase:rejected")}},
                    false});
    }
}

void reportSilence(const HealthInput& input, QList<Problem>& out)
{
    if (input.silence.silentMs() < SilenceWatch::kToldMs) return;
    QStringList asked;
    for (const BackendState& backend : backendsOf(*input.frame))
        if (backend.takes && !backend.draining) asked.append(backend.name);
    if (asked.isEmpty()) return;  // that none takes requests is reported already
    out.append({QStringLiteral("silence"),
                Level::Warning,
                Words::tr("No response from backends"),
                Words::tr("%Ln request(s) in flight, and no backend has sent anything for %1 s.", nullptr,
                          input.silence.waiting())
                    .arg(input.silence.silentMs() / 1000),
                {Kind::Probe, Words::tr("Check now"), asked},
                false});
}

void evaluateModels(const control::Frame& frame, QList<Problem>& out)
{
    QStringList failed;
    QString reason;
    for (const auto& model : frame.models().models()) {
        if (model.state() != control::MODEL_PHASE_FAILED) continue;
        if (failed.isEmpty()) reason = format::said(model.reason_words(), model.reason());
        failed.append(str(model.model()));
    }
    if (failed.isEmpty()) return;
    const int count = static_cast<int>(failed.size());
    out.append({QStringLiteral("models"),
                Level::Warning,
                Words::tr("%Ln model(s) failed to load", nullptr, count),
                count == 1
                    ? Words::tr("Model %1 failed to load: %2").arg(failed.first(), reason)
                    : Words::tr("Models that failed to load: %1").arg(failed.mid(0, 3).join(QStringLiteral(", "))),
                {Kind::ShowPage, Words::tr("Show"), {QStringLiteral("models")}},
                false});
}

void reportGuard(const HealthInput& input, QList<Problem>& out)
{
    const auto& guard = input.frame->guard();
    if (guard.outcome() != control::GUARD_OUTCOME_MEASURING) return;
    const qint64 left = std::max<qint64>(0, guard.judged_ms() - input.nowMs);
    const QString name = QString::number(guard.revision());
    out.append({QStringLiteral("guard"),
                Level::Info,
                Words::tr("Revision %1 is being measured").arg(name),
                Words::tr("Revision %1 is reverted if latency or failures get worse: %2 s left.")
                    .arg(name, QString::number((left + 999) / 1000)),
                {Kind::ShowPage, Words::tr("Show"), {QStringLiteral("settings")}},
                false});
}

// Lists that the engine cut: what is shown is not everything, and must not look as if it were.
void reportCutLists(const control::Frame& frame, QList<Problem>& out)
{
    QStringList cut;
    if (const int count = static_cast<int>(frame.models().models_left_out()))
        cut.append(Words::tr("%Ln model(s)", nullptr, count));
    if (const int count = static_cast<int>(frame.batches().lanes_left_out()))
        cut.append(Words::tr("%Ln batch queue(s)", nullptr, count));
    if (const int count = static_cast<int>(frame.streams().streams_left_out()))
        cut.append(Words::tr("%Ln stream(s)", nullptr, count));
    int connections = 0;
    for (const auto& pool : frame.pools().pools()) connections += static_cast<int>(pool.connections_left_out());
    if (connections > 0) cut.append(Words::tr("%Ln connection(s)", nullptr, connections));
    if (cut.isEmpty()) return;
    out.append({QStringLiteral("cut"),
                Level::Info,
                Words::tr("Lists are truncated"),
                Words::tr("Not shown, because the lists are too long: %1.").arg(cut.join(QStringLiteral(", "))),
                {},
                false});
}

}  // namespace

QString limitNamedIn(const QString& reason)
{
    // The limits that requests can meet; a backend's own words may hold other things with a dot in them.
    static const QRegularExpression limit(QStringLiteral("\\b(?:limits|pool|batcher|loader|streamer)\\.[a-z_]+\\b"));
    return limit.match(reason).captured();
}

Unserved unservedOf(const RequestList& requests, RequestList::Outcome outcome, qint64 sinceMs)
{
    Unserved out;
    QHash<QString, int> programs;
    const int count = std::min(requests.rowCount(), kUnservedLooked);
    for (int i = requests.rowCount() - 1; i >= requests.rowCount() - count; --i) {
        const RequestList::Row& row = requests.row(i);
        if (row.outcome != outcome || static_cast<double>(row.timeMs) + row.totalMs < static_cast<double>(sinceMs))
            continue;
        if (out.reason.isEmpty()) out.reason = row.reason;
        const QString program = row.client.section(QStringLiteral(" · "), 0, 0);
        if (!program.isEmpty() && ++programs[program] > programs.value(out.client)) out.client = program;
    }
    if (out.reason.endsWith(u'.')) out.reason.chop(1);
    out.setting = limitNamedIn(out.reason);
    return out;
}

QList<Problem> evaluateHealth(const HealthInput& input)
{
    QList<Problem> out;
    if (input.phase != Phase::Connected) {
        out.append(away(input));
        return out;
    }
    if (!input.frame) return out;
    const auto& frame = *input.frame;
    if (frame.draining()) {
        const auto running = static_cast<int>(frame.flow().requests_in_flight());
        out.append(
            {QStringLiteral("stopping"),
             Level::Warning,
             Words::tr("The engine is stopping"),
             Words::tr("The engine is stopping: %Ln request(s) may finish, new ones are refused.", nullptr, running),
             {},
             true});
    }
    evaluateBackends(frame, out);
    reportSilence(input, out);
    // New requests fail because it stops: that is reported already, and there is no other reason to look for.
    if (!frame.draining()) evaluateRequests(input, out);
    evaluateModels(frame, out);
    out.append(input.conditions);
    for (const MissedGoal& goal : input.missedGoals) {
        out.append({QStringLiteral("goal/") + goal.id,
                    Level::Warning,
                    Words::tr("Goal missed: %1").arg(goal.title),
                    goal.text,
                    {Kind::ShowPage, Words::tr("Show"), {goal.page}},
                    false});
    }
    reportGuard(input, out);
    reportCutLists(frame, out);
    std::stable_sort(out.begin(), out.end(), [](const Problem& a, const Problem& b) {
        return std::pair(a.level, a.outage) > std::pair(b.level, b.outage);
    });
    return out;
}

QList<MissedGoal> missedGoals(const SeriesStore& series, qint64 whenMs)
{
    struct Watched {
        goals::Goal goal;
        const char* page;
    };
    static constexpr Watched kWatched[] = {
        {goals::kThroughput, "flow"},   {goals::kLatency, "flow"},         {goals::kMemoryPerRequest, "flow"},
        {goals::kReuse, "connections"}, {goals::kPrediction, "models"},    {goals::kPreloadHits, "models"},
        {goals::kLoadTime, "models"},   {goals::kBackpressure, "streams"},
    };
    QList<MissedGoal> out;
    for (const Watched& watched : kWatched) {
        if (evaluate(watched.goal, series, whenMs) != GoalState::Missed) continue;
        const QString name = QString::fromLatin1(watched.goal.series);
        const auto* words = format::seriesWords(name);
        const QString title = words ? words->title : name;
        const auto unit = format::unitOf(name);
        const QString value = format::text(series.at(name, whenMs), unit);
        const QString bound = format::text(watched.goal.bound, unit);
        out.append({name, title,
                    watched.goal.atLeast ? Words::tr("%1: %2, goal at least %3.").arg(title, value, bound)
                                         : Words::tr("%1: %2, goal at most %3.").arg(title, value, bound),
                    QString::fromLatin1(watched.page)});
    }
    return out;
}

HealthLevel worstLevel(const QList<Problem>& problems)
{
    HealthLevel worst = Level::Good;
    for (const Problem& problem : problems) worst = std::max(worst, problem.level);
    return worst;
}

}  // namespace millrace::desktop
