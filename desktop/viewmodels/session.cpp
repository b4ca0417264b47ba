// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/session.h"

#include "client/frame_mailbox.h"
#include "format/numbers.h"

namespace millrace::desktop {

Session::Session(std::unique_ptr<EngineClient> client, QObject* parent)
    : Timeline(parent),
      client_(std::move(client)),
      frame_(std::make_unique<control::Frame>()),
      status_(std::make_unique<control::Status>())
{
    connect(client_.get(), &EngineClient::phaseChanged, this, &Session::staleChanged);
    connect(client_.get(), &EngineClient::frameArrived, this, &Session::onFrame);
    connect(client_.get(), &EngineClient::historyArrived, this, [this](const control::History& history) {
        series_.backfill(history);
        for (const auto& event : history.events()) note(event);
        time_.setOldestMs(series_.oldestMs());
        time_.setNewestMs(series_.newestMs());
    });
    connect(client_.get(), &EngineClient::attached, this, [this](const control::Status& status) {
        const bool another = !status_->boot_id().empty() && status_->boot_id() != status.boot_id();
        *status_ = status;
        if (another) {
            // Event numbers begin anew with the engine; the figures of before stay on the charts.
            lastEvent_ = 0;
            frame_->Clear();
            Q_EMIT restarted();
        }
        Q_EMIT staleChanged();
        // What ended before anyone looked. Asked once the client is ready for calls, which is after this signal.
        QMetaObject::invokeMethod(
            this,
            [this] {
                client_->listRequests(false, this, [this](const Outcome<control::Requests>& outcome) {
                    if (outcome.ok()) requests_.take(outcome.reply->requests());
                });
            },
            Qt::QueuedConnection);
    });
}

Session::~Session() = default;

bool Session::isStale() const
{
    return hasData_ && client_->phase() != EngineClient::Phase::Connected;
}

bool Session::isWritable() const
{
    return client_->phase() == EngineClient::Phase::Connected;
}

QString Session::asOf() const
{
    return hasData_ ? tr("as of %1").arg(format::clock(nowMs())) : QString();
}

QString Session::whyReadOnly() const
{
    if (isWritable()) return {};
    return tr("Not connected to the engine: nothing can be changed right now.");
}

qint64 Session::nowMs() const
{
    return frame_->time_ms();
}

void Session::onFrame(const control::Frame& frame)
{
    mergeFrame(*frame_, control::Frame(frame));
    // Told once, kept in their own rings.
    for (const auto& event : frame.events()) note(event);
    requests_.take(frame.requests());
    frame_->clear_events();
    frame_->clear_requests();
    if (frame.has_sample()) {
        series_.append(frame.sample());
        time_.setOldestMs(series_.oldestMs());
        time_.setNewestMs(series_.newestMs());
    }
    hasData_ = true;
    Q_EMIT ticked();
}

void Session::note(const control::Event& event)
{
    if (event.sequence() != 0) {
        if (event.sequence() <= lastEvent_) return;
        lastEvent_ = event.sequence();
    }
    events_.take(event);
    const auto& kind = event.kind();
    const auto mark = [&](Annotation::Kind what, bool bad) {
        annotations_.push_back({event.time_ms(), what, QString::fromStdString(event.text()), bad});
        if (annotations_.size() > kAnnotationsMax) annotations_.pop_front();
    };
    struct Marked {
        const char* kind;
        Annotation::Kind what;
        bool bad;
    };
    static constexpr Marked kMarked[] = {
        {"config_applied", Annotation::Kind::Config, false},     {"config_reverted", Annotation::Kind::Config, true},
        {"config_not_reverted", Annotation::Kind::Config, true}, {"model_loaded", Annotation::Kind::Model, false},
        {"model_preloaded", Annotation::Kind::Model, false},     {"model_evicted", Annotation::Kind::Model, false},
        {"model_unloaded", Annotation::Kind::Model, false},      {"backend_draining", Annotation::Kind::Backend, true},
        {"backend_resumed", Annotation::Kind::Backend, false},   {"model_load_failed", Annotation::Kind::Model, true},
        {"backend_up", Annotation::Kind::Backend, false},        {"backend_down", Annotation::Kind::Backend, true},
        {"backend_ejected", Annotation::Kind::Backend, true},    {"runtime_restarted", Annotation::Kind::Backend, true},
        {"engine_started", Annotation::Kind::Engine, false},     {"loop_stalled", Annotation::Kind::Engine, true},
    };
    for (const auto& marked : kMarked)
        if (kind == marked.kind) mark(marked.what, marked.bad);
}

}  // namespace millrace::desktop
