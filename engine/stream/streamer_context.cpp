// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/streamer_context.h"

#include "phrases.h"
#include "stream/event_stream.h"

#include <boost/asio/dispatch.hpp>

#include <algorithm>

namespace millrace::stream {

namespace {

// A backend that dies takes all its streams along, and a full buffer stays full for a while: one event for many.
constexpr Duration kBrokenEvery = 10s;
constexpr Duration kLimitEvery = 60s;

}  // namespace

StreamerContext::StreamerContext(Strand strandIn, Clock& clockIn, Registry& registry, EventLog& journalIn,
                                 Options optionsIn)
    : strand(std::move(strandIn)),
      clock(clockIn),
      eventLog(journalIn),
      options(optionsIn),
      metrics(registry),
      pressure(optionsIn.backpressureBytesMax)
{
    show();
}

void StreamerContext::act(const Backpressure::Resumed& resumed)
{
    for (Backpressure::Account* account : resumed) static_cast<OpenStream*>(account)->resumed();
    show();
}

void StreamerContext::noteLimit(TimePoint now)
{
    if (limitNoted_ && now - *limitNoted_ < kLimitEvery) return;
    limitNoted_ = now;
    eventLog.append(Severity::Warning, "backpressure_limit", "streamer",
                    say(Phrase::BuffersFull, Value::bytes(pressure.limit())));
}

void StreamerContext::noteBroken(const std::string& model, std::uint64_t bytes, const std::string& why, TimePoint now)
{
    if (brokenNoted_ && now - *brokenNoted_ < kBrokenEvery) {
        ++brokenUnnoted_;
        return;
    }
    brokenNoted_ = now;
    const auto others = std::exchange(brokenUnnoted_, 0);
    const Value after = Value::bytes(bytes);
    eventLog.append(Severity::Warning, "stream_broken", model,
                    others > 0 ? say(Phrase::StreamsBroken, after, Value::quote(why), Value(others, Unit::Streams))
                               : say(Phrase::StreamBroken, after, Value::quote(why)));
}

void StreamerContext::addPaused(const std::string& client, Duration span)
{
    if (span <= Duration{}) return;
    pausedSeconds[client] += std::chrono::duration<double>(span).count();
    if (pausedSeconds.size() <= kClientsMax) return;
    pausedSeconds.erase(
        std::min_element(pausedSeconds.begin(), pausedSeconds.end(),
                         [](const auto& left, const auto& right) { return left.second < right.second; }));
}

Deflater& StreamerContext::deflater()
{
    if (!deflater_) deflater_ = std::make_unique<Deflater>(Deflater::Format::Gzip, kBulkShape);
    deflater_->reset();
    return *deflater_;
}

void StreamerContext::keepAlive(EventStream& stream, TimePoint now)
{
    heartbeatStreams_.push_back(&stream);
    const TimePoint due = stream.heartbeatDue(now);
    if (heartbeat_ && heartbeat_->due <= due) return;
    stopHeartbeat();
    startHeartbeat(due);
}

void StreamerContext::unregister(EventStream& stream)
{
    std::erase(heartbeatStreams_, &stream);
    if (heartbeatStreams_.empty()) stopHeartbeat();
}

void StreamerContext::startHeartbeat(TimePoint due)
{
    heartbeat_ = std::make_shared<Heartbeat>();
    heartbeat_->due = due;
    const auto beating = heartbeat_;
    beating->task.start(strand, heartbeat(weak_from_this(), beating));
}

void StreamerContext::stopHeartbeat()
{
    if (auto ending = std::exchange(heartbeat_, nullptr)) ending->task.cancel();
}

/// One sleeper for all streams, so that a stream needs no separate timer. It sleeps until the first heartbeat that
/// may be due; a stream that wrote meanwhile has moved its own on.
boost::asio::awaitable<void> StreamerContext::heartbeat(std::weak_ptr<StreamerContext> weak,
                                                        std::shared_ptr<Heartbeat> own)
{
    Clock* clock = nullptr;
    if (auto shared = weak.lock()) clock = &shared->clock;
    while (clock) {
        try {
            co_await clock->sleepUntil(own->due);
        } catch (const boost::system::system_error&) {
            co_return;  // nobody is silent any more
        }
        auto shared = weak.lock();
        if (!shared || shared->heartbeat_ != own || shared->heartbeatStreams_.empty()) co_return;
        const TimePoint now = shared->clock.now();
        TimePoint next = TimePoint::max();
        for (EventStream* stream : shared->heartbeatStreams_) {
            stream->heartbeat(now);
            next = std::min(next, stream->heartbeatDue(now));
        }
        shared->show();
        own->due = next;
    }
}

}  // namespace millrace::stream
