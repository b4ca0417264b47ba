// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancellable_task.h"
#include "base/one_shot.h"
#include "stream/open_stream.h"
#include "stream/sse_splitter.h"

namespace millrace::stream {

/// Passes whole events as they arrive: one read, one write, and only a count of events in between. An incomplete event
/// is held back until its end arrives, so that a client never sees one that a broken connection has cut. After [DONE]
/// nothing is passed on, and no error is reported any more. While a write is blocked nothing is read, so it holds at
/// most one piece and an incomplete event. StreamerContext triggers heartbeats, which are sent between events while the
/// backend is silent.
///
/// Bound: kHeldMax bytes of an incomplete event are held back; the rest of a larger one is passed as it comes.
class EventStream final : public OpenStream {
public:
    static constexpr std::size_t kHeldMax = 64 << 10;

    EventStream(std::shared_ptr<StreamerContext> shared, Plan plan, std::unique_ptr<pool::HttpBody> body,
                CallContext context);
    ~EventStream() override;

    boost::asio::awaitable<Status> run(Sink& sink) override;
    bool passesEvents() const override { return true; }
    bool reportedInBand() const override { return reportedInBand_; }

    /// When the next heartbeat may be due.
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
    /// The backend's answer has ended: OK if it was complete.
    Status judgeEnd(Status why) const;
    boost::asio::awaitable<void> writeHeartbeat();
    boost::asio::awaitable<void> writeTrailer(Status why);
    void stop(Status why);

    SseSplitter splitter_;
    std::string held_;             // an incomplete event
    bool passingLarge_ = false;    // part of an unfinished event has been written: it had become too large to hold
    bool reportedInBand_ = false;  // the error was written as an event
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
