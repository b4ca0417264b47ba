// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/engine_view_model.h"

#include "control.pb.h"
#include "format/numbers.h"

namespace millrace::desktop {

using Phase = EngineClient::Phase;

EngineViewModel::EngineViewModel(Session& session, bool mayStart, QObject* parent)
    : QObject(parent), session_(session), mayStart_(mayStart)
{
    connect(&session_, &Session::ticked, this, &EngineViewModel::changed);
    connect(&session_, &Session::staleChanged, this, &EngineViewModel::changed);
}

bool EngineViewModel::isConnected() const
{
    return session_.client().phase() == Phase::Connected;
}

EngineViewModel::Mood EngineViewModel::mood() const
{
    switch (session_.client().phase()) {
        case Phase::Connected:
            return session_.frame().draining() ? Warning : Good;
        case Phase::Starting:
            return Busy;
        case Phase::Silent:
        case Phase::Reconnecting:
            return Warning;
        default:
            return Bad;
    }
}

QString EngineViewModel::phaseText() const
{
    switch (session_.client().phase()) {
        case Phase::NoEngine:
            return tr("No engine");
        case Phase::Starting:
            return tr("Starting");
        case Phase::Connected:
            return session_.frame().draining() ? tr("Draining") : tr("Connected");
        case Phase::Silent:
            return tr("Silent");
        case Phase::Reconnecting:
            return tr("Reconnecting");
        case Phase::VersionMismatch:
            return tr("Other version");
        case Phase::Refused:
            return tr("Refused");
    }
    return {};
}

QString EngineViewModel::headline() const
{
    const QString name = session_.isDemo() ? tr("demo data") : tr("local engine");
    if (!isConnected()) {
        const QString as = session_.asOf();
        return as.isEmpty() ? phaseText() : QStringLiteral("%1 · %2").arg(phaseText(), as);
    }
    QString out = name;
    if (session_.frame().has_engine()) {
        const qint64 up = static_cast<qint64>(session_.frame().engine().uptime_ms());
        out += tr(" · up %1").arg(format::span(up < 60'000 ? up : up / 60'000 * 60'000).remove(QStringLiteral(" 0 s")));
    }
    if (session_.frame().revision() > 0) out += tr(" · rev %1").arg(session_.frame().revision());
    return out;
}

QString EngineViewModel::problem() const
{
    const QString reason = session_.client().reason();
    switch (session_.client().phase()) {
        case Phase::Connected:
            return {};
        case Phase::NoEngine:
            return tr("No engine answers at %1.").arg(session_.client().address()) +
                   (reason.isEmpty() ? QString() : u' ' + reason);
        case Phase::Starting:
            return tr("The engine is starting.");
        case Phase::Silent:
            return tr("The engine has sent nothing for more than two seconds.");
        case Phase::Reconnecting:
            return tr("The connection to the engine was lost. %1").arg(reason);
        case Phase::VersionMismatch:
            return tr("The engine speaks another version of the control interface. %1").arg(reason);
        case Phase::Refused:
            return tr("The engine refused this console. %1").arg(reason);
    }
    return {};
}

QString EngineViewModel::advice() const
{
    switch (session_.client().phase()) {
        case Phase::NoEngine:
            return mayStart_ ? tr("Start one, or start millraced yourself; the console attaches by itself.")
                             : tr("Start millraced; the console attaches by itself.");
        case Phase::Silent:
            return tr("It may be very busy or stopped in a debugger. What you see is from before.");
        case Phase::Reconnecting:
            return tr("Trying again by itself. What you see is from before.");
        case Phase::VersionMismatch:
            return tr("Install console and engine of the same version.");
        case Phase::Refused:
            return tr("The control socket belongs to another user. Use --control to name yours.");
        default:
            return {};
    }
}

QString EngineViewModel::action() const
{
    switch (session_.client().phase()) {
        case Phase::NoEngine:
            return mayStart_ ? tr("Start engine") : tr("Try again");
        case Phase::Reconnecting:
        case Phase::Refused:
        case Phase::VersionMismatch:
            return tr("Try again");
        default:
            return {};
    }
}

void EngineViewModel::act()
{
    session_.client().retryNow();
}

QString EngineViewModel::requestsText() const
{
    const auto rate = session_.series().latest(QStringLiteral("served_per_second"));
    return tr("%1 req/s").arg(rate ? format::count(std::round(*rate)) : format::kNone);
}

QString EngineViewModel::latencyText() const
{
    const auto p99 = session_.series().latest(QStringLiteral("latency_tensor_p99_ms"));
    return tr("p99 %1 (tensor calls)").arg(format::text(p99, format::Unit::Milliseconds));
}

QString EngineViewModel::loadText() const
{
    if (!session_.frame().has_engine()) return tr("engine %1").arg(format::kNone);
    const auto& engine = session_.frame().engine();
    return tr("engine %1 · %2")
        .arg(format::bytes(static_cast<double>(engine.resident_bytes())),
             format::text(engine.cpu_cores(), format::Unit::Cores));
}

QString EngineViewModel::revisionText() const
{
    if (session_.frame().revision() == 0) return {};
    const auto& configurations = session_.annotations().of(Annotation::Kind::Config);
    if (configurations.empty()) return tr("Config rev %1").arg(session_.frame().revision());
    return tr("Config rev %1 · %2 · %3")
        .arg(session_.frame().revision())
        .arg(format::clock(configurations.back().timeMs), configurations.back().text);
}

QString EngineViewModel::endpoint() const
{
    return QString::fromStdString(session_.status().http());
}

QString EngineViewModel::grpcEndpoint() const
{
    return QString::fromStdString(session_.status().grpc());
}

QString EngineViewModel::model() const
{
    // One that answers at once, if there is one.
    for (const auto& model : session_.frame().models().models()) {
        if (model.state() == "warm") return QString::fromStdString(model.model());
    }
    const auto& models = session_.frame().models().models();
    return models.empty() ? QStringLiteral("MODEL") : QString::fromStdString(models.Get(0).model());
}

QString EngineViewModel::curl() const
{
    return QStringLiteral(
               "curl -N http://%1/v1/chat/completions \\\n  -H 'Content-Type: application/json' \\\n"
               "  -d '{\"model\":\"%2\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'")
        .arg(endpoint(), model());
}

QString EngineViewModel::python() const
{
    return QStringLiteral(
               "from openai import OpenAI\n"
               "client = OpenAI(base_url=\"http://%1/v1\", api_key=\"unused\")\n"
               "print(client.chat.completions.create(model=\"%2\",\n"
               "      messages=[{\"role\": \"user\", \"content\": \"Hello\"}]).choices[0].message.content)")
        .arg(endpoint(), model());
}

QString EngineViewModel::stopQuestion() const
{
    const auto running = static_cast<int>(session_.frame().flow().requests_in_flight());
    const auto streams = session_.frame().streams().streams_size();
    if (running == 0)
        return tr("No request is under way. Clients will find nobody at %1 until an engine is started again.")
            .arg(endpoint());
    return tr("%n request(s) under way", nullptr, running) +
           (streams > 0 ? tr(", %n of them streaming", nullptr, streams) : QString()) +
           tr(". They may finish; new ones are refused.");
}

void EngineViewModel::stop()
{
    session_.client().shutdownEngine(this, [this](const Outcome<control::ShutdownReply>& outcome) {
        Q_EMIT session_.notice(
            outcome.ok() ? tr("The engine is stopping.") : tr("The engine was not stopped: %1").arg(outcome.problem),
            !outcome.ok());
    });
}

}  // namespace millrace::desktop
