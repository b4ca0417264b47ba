// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/engine_view_model.h"

#include "control.pb.h"
#include "format/numbers.h"
#include "viewmodels/page_figures.h"

namespace millrace::desktop {

namespace {

constexpr double kPollsNoticeably = 0.05;  // of the last second

}  // namespace

using Phase = EngineClient::Phase;

EngineViewModel::EngineViewModel(Session& session, QObject* parent) : QObject(parent), session_(session)
{
    connect(&session_, &Session::ticked, this, [this] {
        askMetadata();
        Q_EMIT changed();
    });
    connect(&session_, &Session::staleChanged, this, &EngineViewModel::changed);
    connect(&metadata_, &ModelMetadata::learned, this, [this] {
        askMetadata();
        Q_EMIT changed();
    });
}

bool EngineViewModel::isConnected() const
{
    return session_.client().phase() == Phase::Connected;
}

QString EngineViewModel::phaseText() const
{
    switch (session_.client().phase()) {
        case Phase::Connecting:
            return tr("Connecting");
        case Phase::NoEngine:
            return tr("No engine");
        case Phase::Starting:
            return tr("Starting");
        case Phase::Connected:
            return session_.frame().draining() ? tr("Draining") : tr("Connected");
        case Phase::Silent:
            return tr("Not responding");
        case Phase::Reconnecting:
            return tr("Reconnecting");
        case Phase::VersionMismatch:
            return tr("Other version");
        case Phase::Refused:
            return tr("Access denied");
    }
    return {};
}

QString EngineViewModel::headline() const
{
    if (!isConnected()) {
        const QString as = session_.asOf();
        return as.isEmpty() ? phaseText() : QStringLiteral("%1 · %2").arg(phaseText(), as);
    }
    const QString name = session_.isDemo() ? tr("demo data") : tr("local engine");
    const QString up = upText();
    return up.isEmpty() ? name : QStringLiteral("%1 · %2").arg(name, up);
}

QString EngineViewModel::upText() const
{
    if (!isConnected()) return {};
    QStringList parts;
    if (session_.frame().has_engine()) {
        const qint64 up = static_cast<qint64>(session_.frame().engine().uptime_ms());
        parts.append(
            tr("up %1").arg(format::span(up < 60'000 ? up : up / 60'000 * 60'000).remove(QStringLiteral(" 0 s"))));
    }
    if (session_.frame().revision() > 0) parts.append(tr("rev %1").arg(session_.frame().revision()));
    return parts.join(QStringLiteral(" · "));
}

QString EngineViewModel::problem() const
{
    const QString reason = session_.client().reason();
    const auto withReason = [&](const QString& text) { return reason.isEmpty() ? text : text + u' ' + reason; };
    switch (session_.client().phase()) {
        case Phase::Connected:
            return {};
        case Phase::Connecting:
            return tr("Connecting to the engine at %1.").arg(session_.client().address());
        case Phase::NoEngine:
            return reason.isEmpty() ? tr("No engine is running at %1.").arg(session_.client().address())
                                    : tr("No engine is running. %1").arg(reason);
        case Phase::Starting:
            return tr("The engine is starting.");
        case Phase::Silent:
            return tr("The engine has not responded for more than 2 s.");
        case Phase::Reconnecting:
            return withReason(tr("The connection to the engine was lost."));
        case Phase::VersionMismatch:
            return withReason(tr("The engine speaks another version of the control interface."));
        case Phase::Refused:
            return withReason(tr("The engine refused this console."));
    }
    return {};
}

QString EngineViewModel::advice() const
{
    const QString showing =
        session_.hasData() ? tr("Showing data as of %1.").arg(format::clock(session_.nowMs())) : QString();
    const auto withData = [&](const QString& text) { return showing.isEmpty() ? text : text + u' ' + showing; };
    switch (session_.client().phase()) {
        case Phase::NoEngine:
            if (session_.client().isPortTaken())
                return withData(tr("Another program uses the port. The engine can listen on free ports instead."));
            return session_.client().mayStart() ? showing
                                                : withData(tr("Start millraced; the console attaches to it."));
        case Phase::Starting:
            return showing;
        case Phase::Silent:
            return withData(tr("It may be overloaded, or stopped in a debugger."));
        case Phase::Reconnecting:
            return withData(tr("Reconnecting."));
        case Phase::VersionMismatch:
            return tr("Install console and engine of the same version.");
        case Phase::Refused:
            return tr("The control socket belongs to another user. Use --control to name yours.");
        default:
            return {};
    }
}

bool EngineViewModel::isStartable() const
{
    return session_.client().phase() == Phase::NoEngine && session_.client().mayStart();
}

bool EngineViewModel::isRestartable() const
{
    return isConnected() && session_.client().mayStart() && !session_.frame().draining();
}

bool EngineViewModel::isStartedHere() const
{
    return session_.client().isStartedHere();
}

QString EngineViewModel::action() const
{
    switch (session_.client().phase()) {
        case Phase::NoEngine:
            if (!isStartable()) return tr("Try again");
            return session_.client().isPortTaken() ? tr("Start on free ports") : tr("Start engine");
        case Phase::Reconnecting:
        case Phase::Refused:
        case Phase::VersionMismatch:
            return tr("Try again");
        default:
            return {};
    }
}

QString EngineViewModel::otherAction() const
{
    return isStartable() && session_.client().isPortTaken() ? tr("Try again") : QString();
}

void EngineViewModel::act()
{
    if (!isStartable()) {
        session_.client().retryNow();
        return;
    }
    session_.client().startEngine(session_.client().isPortTaken() ? EngineClient::Ports::Free
                                                                  : EngineClient::Ports::Configured);
}

void EngineViewModel::actOther()
{
    start();
}

void EngineViewModel::start()
{
    session_.client().startEngine(EngineClient::Ports::Configured);
}

QString EngineViewModel::requestsText() const
{
    // As the key figures of the same names.
    const auto rate = PageFigures::ofNewest(session_).lately("served_per_second");
    return tr("%1 req/s").arg(rate ? format::count(std::round(*rate)) : format::kNone);
}

QString EngineViewModel::latencyText() const
{
    const auto p99 = PageFigures::ofNewest(session_).lately("latency_tensor_p99_ms");
    return tr("p99 %1 (tensor calls)").arg(format::text(p99, format::Unit::Milliseconds));
}

QString EngineViewModel::loadText() const
{
    if (!session_.frame().has_engine()) return tr("engine %1").arg(format::kNone);
    const auto& engine = session_.frame().engine();
    const double polls = PageFigures::ofNewest(session_).at("busy_poll_share").value_or(0);
    return (polls < kPollsNoticeably ? tr("engine %1 · %2") : tr("engine %1 · %2, polling"))
        .arg(format::bytes(static_cast<double>(engine.resident_bytes())),
             format::text(engine.cpu_cores(), format::Unit::Cores));
}

QString EngineViewModel::revisionText() const
{
    if (session_.frame().revision() == 0) return {};
    const auto& configurations = session_.annotations().of(Annotation::Kind::Config);
    if (configurations.empty()) return tr("Config rev %1").arg(session_.frame().revision());
    // What it changed is among the events, and in the history of the settings.
    return tr("Config rev %1 · applied %2")
        .arg(session_.frame().revision())
        .arg(format::moment(configurations.back().timeMs, session_.nowMs()));
}

QString EngineViewModel::endpoint() const
{
    return QString::fromStdString(session_.status().http());
}

void EngineViewModel::askMetadata()
{
    SampleCall next = chooseSampleCall(session_.frame());
    if (next.route == call_.route && next.model == call_.model) {
        next.inputs = call_.inputs;
    }
    call_ = next;
    if (call_.route != SampleCall::Route::Infer || call_.isReady() || session_.isDemo()) return;
    metadata_.ask(endpoint(), QString::fromStdString(session_.status().boot_id()), call_.model);
    if (const auto* known = metadata_.find(call_.model)) call_.inputs = known->inputs;
}

QString EngineViewModel::curl() const
{
    return curlOf(call_, endpoint());
}

QString EngineViewModel::python() const
{
    return pythonOf(call_, endpoint());
}

QString EngineViewModel::runningText() const
{
    const auto running = static_cast<int>(session_.frame().flow().requests_in_flight());
    const auto streams = session_.frame().streams().streams_size();
    if (running == 0) return tr("No request is in flight.");
    return (streams > 0 ? tr("%1, %2.").arg(tr("%Ln request(s) in flight", nullptr, running),
                                            tr("%Ln of them streaming", nullptr, streams))
                        : tr("%Ln request(s) in flight", nullptr, running) + u'.');
}

QString EngineViewModel::stopQuestion() const
{
    return tr("%1 Those in flight may finish. Requests to %2 will be refused until an engine is started again.")
        .arg(runningText(), endpoint());
}

QString EngineViewModel::restartQuestion() const
{
    QString text = tr("%1 Those in flight may finish. Requests to %2 are refused until the engine is back.")
                       .arg(runningText(), endpoint());
    if (!isStartedHere())
        text += u' ' + tr("It was not started from this console: options of its command line are not repeated.");
    return text;
}

void EngineViewModel::stop()
{
    shutdown(false);
}

void EngineViewModel::restart()
{
    shutdown(true);
}

void EngineViewModel::shutdown(bool again)
{
    session_.client().shutdownEngine(this, [this, again](const Outcome<control::ShutdownReply>& outcome) {
        if (!outcome.ok()) {
            Q_EMIT session_.notice(tr("The engine was not stopped: %1").arg(outcome.problem), true);
            return;
        }
        if (again) session_.client().startAgain();
        Q_EMIT session_.notice(again ? tr("The engine is restarting.") : tr("The engine is stopping."), false);
    });
}

}  // namespace millrace::desktop
