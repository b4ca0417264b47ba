// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancellable_task.h"
#include "base/one_shot.h"
#include "stream/open_stream.h"
#include "stream/sse_splitter.h"

namespace millrace::stream {

/// Passes whole events on the moment they arrive: one read, one write, nothing between them but the count of events.
/// The beginning of an event is held back until its end is there, so that one that a dying backend tore is never seen.
/// After [DONE] nothing is passed on and nothing can go wrong any more.
/// While a write is stuck nothing is read, so that it never holds more than one piece and what it holds back.
/// StreamerContext asks it for heartbeats, which go out between events while the backend is silent.
///
/// Bound: kHeldMax bytes of an unfinished event are held back; of a larger one the rest passes as it comes.
class EventStream final : public OpenStream {
public:
    static constexpr std::size_t kHeldMax = 64 << 10;

    EventStream(std::shared_ptr<StreamerContext> shared, Plan plan, std::unique_ptr<pool::HttpBody> body,
                CallContext context);
    ~EventStream() override;

    boost::asio::awaitable<Status> run(Sink& sink) override;
    bool passesEvents() const override { return true; }
    bool reportedInBand() const override { return reportedInBand_; }

    /// When this stream might next need a heartbeat.
    TimePoint heartbeatDue(TimePoint now) const;
    /// Writes one if it is due and may be written: between events, as a separate line.
    void heartbeat(TimePoint now);

protected:
    void addDecisions(Trace& trace, Duration span) const override;
    std::uint64_t events() const override { return splitter_.events(); }
    std::optional<TimePoint> stuckSince(TimePoint now) const override;

private:
    static boost::asio::awaitable<void> pass(std::shared_ptr<Source> source, EventStream& stream);
    boost::asio::awaitable<Status> forward(std::string piece);
    boost::asio::awaitable<Status> deliver(std::string piece, TimePoint arrived);
    /// The backend's answer has ended: whether it was whole.
    Status judgeEnd(Status why) const;
    boost::asio::awaitable<void> writeHeartbeat();
    boost::asio::awaitable<void> writeTrailer(Status why);
    void stop(Status why);

    SseSplitter splitter_;
    std::string held_;             // the beginning of an event whose end has not come
    bool passingLarge_ = false;    // part of an unfinished event has been written: it had become too large to hold
    bool reportedInBand_ = false;  // what broke it was written
    bool heartbeats_;
    std::unique_ptr<GzipWriter> gzip_;
    std::string compressed_;
    CompressionSkipReason skipReason_ = CompressionSkipReason::Off;

    Sink* sink_ = nullptr;  // while run() runs
    bool writing_ = false;  // a write of ours is in flight, which must not be cut short and then followed by another
    Status sinkFailed_;
    TimePoint writingSince_{};
    std::optional<TimePoint> lastEvent_;
    std::uint64_t heartbeatsSent_ = 0;
    std::optional<OneShot<bool>> heartbeat_;  // set when the one in flight is out
    OneShot<Status> passed_;                  // how pass() ended, or why it is not waited for
    CancellableTask heartbeatTask_;
};

}  // namespace millrace::stream
