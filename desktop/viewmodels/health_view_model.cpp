// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/health_view_model.h"

#include "control.pb.h"
#include "format/event_words.h"
#include "format/numbers.h"
#include "format/said.h"

namespace millrace::desktop {

using Kind = Remedy::Kind;
using Phase = EngineClient::Phase;

static_assert(static_cast<int>(HealthLevel::Critical) == HealthViewModel::Critical &&
                  static_cast<int>(HealthLevel::Busy) == HealthViewModel::Busy,
              "levels are converted by their number");

HealthViewModel::HealthViewModel(Session& session, EngineViewModel& engine, QObject* parent)
    : QObject(parent), session_(session), engine_(engine)
{
    connect(&session_, &Session::eventTaken, this, [this](const control::Event& event) {
        // What another engine reported says nothing about this one.
        if (event.boot_id() == session_.status().boot_id()) conditions_.take(event);
    });
    connect(&session_, &Session::restarted, this, [this] {
        conditions_.clear();
        window_.clear();
        silence_.clear();
    });
    connect(&session_, &Session::ticked, this, [this] {
        const auto& flow = session_.frame().flow();
        window_.add(session_.nowMs(), {flow.requests_total(), flow.requests_failed_total(),
                                       flow.requests_refused_total(), flow.requests_rejected_total()});
        silence_.add(session_.nowMs(), session_.frame());
        refresh();
    });
    connect(&session_, &Session::staleChanged, this, [this] {
        if (session_.isStale()) {
            window_.clear();
            silence_.clear();
        }
        refresh();
    });
    refresh();
}

void HealthViewModel::refresh()
{
    HealthInput input;
    input.phase = session_.client().phase();
    input.engineTitle = engine_.phaseText();
    input.engineProblem = engine_.problem();
    if (const QString advice = engine_.advice(); !advice.isEmpty()) input.engineProblem += u' ' + advice;
    input.mayStart = engine_.isStartable();
    input.portTaken = session_.client().isPortTaken();
    input.frame = session_.hasData() ? &session_.frame() : nullptr;
    input.ended = window_.ended();
    const qint64 since = session_.nowMs() - FailureWindow::kSpanMs;
    if (input.ended.refused > 0) input.refused = unservedOf(session_.requests(), RequestList::Outcome::Refused, since);
    if (input.ended.rejected > 0)
        input.rejected = unservedOf(session_.requests(), RequestList::Outcome::Rejected, since);
    input.silence = silence_;
    input.conditions = conditions_.problems(session_.nowMs());
    input.nowMs = session_.nowMs();
    if (input.phase == Phase::Connected)
        input.missedGoals = missedGoals(session_.series(), session_.series().newestMs());
    const QList<Problem> next = evaluateHealth(input);
    if (next == found_) return;
    found_ = next;
    QList<ProblemRow> rows;
    for (const Problem& problem : std::as_const(found_))
        rows.append({problem.id, static_cast<int>(problem.level), problem.title, problem.text, problem.remedy.verb});
    problems_.sync(rows);
    Q_EMIT changed();
}

QString HealthViewModel::text() const
{
    if (level() <= Info) return session_.isDemo() ? tr("Demo") : tr("Healthy");
    return found_.first().title;
}

QString HealthViewModel::more() const
{
    qsizetype count = 0;
    for (const Problem& problem : found_) count += problem.level >= HealthLevel::Busy ? 1 : 0;
    return count > 1 ? tr("+%1").arg(count - 1) : QString();
}

QString HealthViewModel::description() const
{
    QStringList texts;
    for (const Problem& problem : found_) texts.append(problem.text);
    return texts.isEmpty() ? tr("Engine, backends and requests are healthy.") : texts.join(u' ');
}

const Problem* HealthViewModel::outageProblem() const
{
    for (const Problem& problem : found_) {
        if (problem.outage) return &problem;
    }
    return nullptr;
}

QString HealthViewModel::outage() const
{
    const Problem* problem = outageProblem();
    return problem ? problem->text : QString();
}

HealthViewModel::Level HealthViewModel::outageLevel() const
{
    const Problem* problem = outageProblem();
    return problem ? static_cast<Level>(problem->level) : Good;
}

QString HealthViewModel::outageAction() const
{
    const Problem* problem = outageProblem();
    return problem ? problem->remedy.verb : QString();
}

QString HealthViewModel::outageOtherAction() const
{
    const Problem* problem = outageProblem();
    return problem && problem->id == u"engine" ? engine_.otherAction() : QString();
}

void HealthViewModel::fix(int row)
{
    if (row >= 0 && row < found_.size()) carryOut(Remedy(found_.at(row).remedy));
}

void HealthViewModel::fixOutage()
{
    if (const Problem* problem = outageProblem()) carryOut(Remedy(problem->remedy));
}

void HealthViewModel::fixOutageOtherwise()
{
    engine_.actOther();
}

void HealthViewModel::carryOut(const Remedy& remedy)
{
    switch (remedy.kind) {
        case Kind::None:
            return;
        case Kind::StartEngine:
        case Kind::StartOnFreePorts:
        case Kind::Retry:
            engine_.act();
            return;
        case Kind::Resume:
            for (const QString& name : remedy.subjects) {
                session_.client().drainBackend(
                    name, false, this, [this, name](const Outcome<control::ConnectionsReply>& outcome) {
                        Q_EMIT session_.notice(outcome.ok() ? tr("%1 takes requests again").arg(name)
                                                            : tr("%1: %2").arg(name, outcome.problem),
                                               !outcome.ok());
                    });
            }
            return;
        case Kind::Probe:
            for (const QString& name : remedy.subjects) {
                session_.client().probeBackend(name, this, [this, name](const Outcome<control::ProbeReply>& outcome) {
                    if (!outcome.ok())
                        Q_EMIT session_.notice(tr("%1: %2").arg(name, outcome.problem), true);
                    else if (outcome.reply->healthy())
                        Q_EMIT session_.notice(tr("%1 is healthy: answered in %2")
                                                   .arg(name, format::milliseconds(outcome.reply->latency_ms())),
                                               false);
                    else
                        Q_EMIT session_.notice(
                            tr("%1 is unhealthy: %2")
                                .arg(name, format::said(outcome.reply->reason_words(), outcome.reply->reason())),
                            true);
                });
            }
            return;
        case Kind::ShowRequests:
            if (!remedy.subjects.isEmpty()) Q_EMIT requestsRequested(remedy.subjects.first());
            return;
        case Kind::ShowPage:
            if (!remedy.subjects.isEmpty()) Q_EMIT pageRequested(remedy.subjects.first());
            return;
    }
}

}  // namespace millrace::desktop
