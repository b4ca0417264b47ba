// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/streamer_context.h"

#include "phrases.h"
#include "stream/event_stream.h"

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
      pressure(optionsIn.backpressureBytesMax),
      heartbeatTimer_(strand, clock, [this] { heartbeats(); })
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
    heartbeatTimer_.at(stream.heartbeatDue(now));
}

void StreamerContext::unregister(EventStream& stream)
{
    std::erase(heartbeatStreams_, &stream);
}

void StreamerContext::heartbeats()
{
    if (heartbeatStreams_.empty()) return;
    const auto keep = shared_from_this();  // a heartbeat that fails may end the last stream
    const TimePoint now = clock.now();
    TimePoint next = TimePoint::max();
    for (EventStream* stream : heartbeatStreams_) {
        stream->heartbeat(now);
        next = std::min(next, stream->heartbeatDue(now));
    }
    show();
    heartbeatTimer_.at(next);
}

}  // namespace millrace::stream
