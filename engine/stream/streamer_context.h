// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/deadline_timer.h"
#include "stream/backpressure.h"
#include "stream/deflater.h"
#include "stream/stream_metrics.h"
#include "stream/streamer.h"

#include <boost/intrusive/list.hpp>

#include <list>

namespace millrace::stream {

class OpenStream;
class EventStream;

/// Links a stream into the list of open ones.
struct OpenPlace : boost::intrusive::list_base_hook<> {};

/// What the streams of one streamer share. Thread: the strand.
/// Bound: kClientsMax clients whose pauses are remembered.
class StreamerContext : public std::enable_shared_from_this<StreamerContext> {
public:
    static constexpr std::size_t kClientsMax = 32;

    StreamerContext(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, Options options);

    /// Resumes the streams that may read again, and updates the figures.
    void act(const Backpressure::Resumed& resumed);
    void show() { metrics.show(pressure, open.size()); }
    void noteLimit(TimePoint now);
    void noteBroken(const std::string& model, std::uint64_t bytes, const std::string& why, TimePoint now);
    void addPaused(const std::string& client, Duration span);
    /// From now on calls `stream` for a heartbeat whenever it has been silent for long.
    void keepAlive(EventStream& stream, TimePoint now);
    void unregister(EventStream& stream);
    /// A deflater for whole answers, kept for the next one.
    Deflater& deflater();

    const Strand strand;
    Clock& clock;
    EventLog& eventLog;
    Options options;
    StreamMetrics metrics;
    Backpressure pressure;
    IdSource<StreamId> ids;
    boost::intrusive::list<OpenPlace> open;       // OpenStreams, oldest first
    std::map<std::string, double> pausedSeconds;  // by client, of streams that ended

private:
    /// Asks all of them. One timer, so that a stream needs no separate one; it expires when the first heartbeat may be
    /// due, and a stream that wrote meanwhile has moved its own on.
    void heartbeats();

    std::list<EventStream*> heartbeatStreams_;  // those that want heartbeats
    DeadlineTimer heartbeatTimer_;
    std::unique_ptr<Deflater> deflater_;
    std::optional<TimePoint> limitNoted_;
    std::optional<TimePoint> brokenNoted_;
    std::uint64_t brokenUnnoted_ = 0;
};

}  // namespace millrace::stream
