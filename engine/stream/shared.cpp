// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/shared.h"

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

Shared::Shared(Strand strandIn, Clock& clockIn, Registry& registry, Journal& journalIn, Options optionsIn)
    : strand(std::move(strandIn)),
      clock(clockIn),
      journal(journalIn),
      options(optionsIn),
      figures(registry),
      pressure(optionsIn.backpressureBytesMax)
{
    show();
}

void Shared::act(const Backpressure::Resumed& resumed)
{
    for (Backpressure::Account* account : resumed) static_cast<OpenStream*>(account)->resumed();
    show();
}

void Shared::noteLimit(TimePoint now)
{
    if (limitNoted_ && now - *limitNoted_ < kLimitEvery) return;
    limitNoted_ = now;
    journal.note(Severity::Warning, "backpressure_limit", "streamer",
                 say(Phrase::BuffersFull, Value::bytes(pressure.limit())));
}

void Shared::noteBroken(const std::string& model, std::uint64_t bytes, const std::string& why, TimePoint now)
{
    if (brokenNoted_ && now - *brokenNoted_ < kBrokenEvery) {
        ++brokenUnnoted_;
        return;
    }
    brokenNoted_ = now;
    const auto others = std::exchange(brokenUnnoted_, 0);
    const Value after = Value::bytes(bytes);
    journal.note(Severity::Warning, "stream_broken", model,
                 others > 0 ? say(Phrase::StreamsBroken, after, Value::quote(why), Value(others, Unit::Streams))
                            : say(Phrase::StreamBroken, after, Value::quote(why)));
}

void Shared::addPaused(const std::string& client, Duration span)
{
    if (span <= Duration{}) return;
    pausedSeconds[client] += std::chrono::duration<double>(span).count();
    if (pausedSeconds.size() <= kClientsMax) return;
    pausedSeconds.erase(std::min_element(pausedSeconds.begin(), pausedSeconds.end(),
                                         [](const auto& one, const auto& other) { return one.second < other.second; }));
}

Deflater& Shared::packer()
{
    if (!packer_) packer_ = std::make_unique<Deflater>(Deflater::Format::Gzip, kBulkShape);
    packer_->reset();
    return *packer_;
}

void Shared::keepAlive(EventStream& stream, TimePoint now)
{
    silent_.push_back(&stream);
    const TimePoint due = stream.heartbeatDue(now);
    if (beat_ && beat_->due <= due) return;
    stopBeat();
    startBeat(due);
}

void Shared::letGo(EventStream& stream)
{
    std::erase(silent_, &stream);
    if (silent_.empty()) stopBeat();
}

void Shared::startBeat(TimePoint due)
{
    beat_ = std::make_shared<Beat>();
    beat_->due = due;
    const auto beating = beat_;
    beating->task.start(strand, beat(weak_from_this(), beating));
}

void Shared::stopBeat()
{
    if (auto ending = std::exchange(beat_, nullptr)) ending->task.cancel();
}

/// One sleeper for all streams, so that a stream needs no timer of its own. It sleeps until the first heartbeat that
/// may be due; a stream that wrote meanwhile has moved its own on.
boost::asio::awaitable<void> Shared::beat(std::weak_ptr<Shared> weak, std::shared_ptr<Beat> own)
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
        if (!shared || shared->beat_ != own || shared->silent_.empty()) co_return;
        const TimePoint now = shared->clock.now();
        TimePoint next = TimePoint::max();
        for (EventStream* stream : shared->silent_) {
            stream->beat(now);
            next = std::min(next, stream->heartbeatDue(now));
        }
        shared->show();
        own->due = next;
    }
}

}  // namespace millrace::stream
