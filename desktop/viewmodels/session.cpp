// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/session.h"

#include "client/frame_mailbox.h"
#include "format/numbers.h"

#include <algorithm>

namespace millrace::desktop {

Session::Session(std::unique_ptr<EngineClient> client, QObject* parent)
    : Timeline(parent),
      client_(std::move(client)),
      frame_(std::make_unique<control::Frame>()),
      status_(std::make_unique<control::Status>()),
      history_(std::make_unique<HistoryLoader>(*client_, time_, series_))
{
    connect(history_.get(), &HistoryLoader::changed, this, &Session::shownChanged);
    connect(client_.get(), &EngineClient::phaseChanged, this, &Session::staleChanged);
    connect(client_.get(), &EngineClient::phaseChanged, this, &Session::shownChanged);
    connect(client_.get(), &EngineClient::frameArrived, this, &Session::onFrame);
    connect(client_.get(), &EngineClient::historyArrived, this, [this](const control::History& history) {
        series_.backfill(history);
        for (const auto& event : history.events()) takeEvent(event);
        time_.setOldestMs(series_.oldestMs());
        time_.setNewestMs(series_.newestMs());
    });
    connect(client_.get(), &EngineClient::attached, this, [this](const control::Status& status) {
        const bool another = !status_->boot_id().empty() && status_->boot_id() != status.boot_id();
        // Warnings of earlier runs are history; those of this run are new, although they were not shown yet.
        if (status_->boot_id().empty()) events_.setSeenMs(status.started_ms() - 1);
        *status_ = status;
        if (another) {
            // Its numbers begin anew; figures, events and requests of before stay.
            frame_->Clear();
            requests_.beginBoot();
            Q_EMIT restarted();
        }
        Q_EMIT staleChanged();
        // What ended before the console was attached. Requested once the client is ready for calls, which is after this
        // signal.
        QMetaObject::invokeMethod(
            this,
            [this] {
                history_->begin(status_->now_ms());
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
    events_.setNowMs(nowMs());
    requests_.setNowMs(nowMs());
    // Sent once: they are kept in separate lists.
    for (const auto& event : frame.events()) takeEvent(event);
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

void Session::takeEvent(const control::Event& event)
{
    if (!events_.take(event)) return;
    Q_EMIT eventTaken(event);
    if (auto annotation = AnnotationLog::from(event)) {
        history_->addEvent(*annotation);
        annotations_.add(std::move(*annotation));
    }
}

const SeriesStore& Session::shownSeries() const
{
    return history_->isShown() ? history_->series() : series_;
}

const AnnotationLog& Session::shownAnnotations() const
{
    return history_->isShown() ? history_->annotations() : annotations_;
}

}  // namespace millrace::desktop
