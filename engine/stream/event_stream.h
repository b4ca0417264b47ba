// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/one_shot.h"
#include "stream/open_stream.h"
#include "stream/sse_splitter.h"

namespace millrace::stream {

/// Passes each piece on the moment it arrives: one read, one write, nothing between them but the count of events.
/// While a write is stuck nothing is read, so that it never holds more than one piece.
/// Shared asks it for heartbeats, which go out between events while the backend is silent.
class EventStream final : public OpenStream {
public:
    EventStream(std::shared_ptr<Shared> shared, Plan plan, std::unique_ptr<pool::HttpBody> body, CallContext context);
    ~EventStream() override;

    boost::asio::awaitable<Status> run(Sink& sink) override;

    /// When this stream might next need a heartbeat.
    TimePoint heartbeatDue(TimePoint now) const;
    /// Writes one if it is due and may be written.
    void beat(TimePoint now);

protected:
    void tell(Trace& trace, Duration span) const override;
    std::uint64_t events() const override { return splitter_.events(); }
    std::optional<TimePoint> stuckSince(TimePoint now) const override;

private:
    static boost::asio::awaitable<void> pass(std::shared_ptr<Source> source, EventStream& stream);
    boost::asio::awaitable<Status> forward(std::string piece);
    boost::asio::awaitable<void> writeHeartbeat();
    boost::asio::awaitable<void> sayGoodbye(Status why);
    void stop(Status why);

    SseSplitter splitter_;
    bool heartbeats_;
    std::unique_ptr<GzipWriter> gzip_;
    std::string packed_;
    Plain plain_ = Plain::Off;

    Sink* sink_ = nullptr;  // while run() runs
    bool writing_ = false;  // a write of ours is under way, which must not be cut short and then followed by another
    Status sinkFailed_;
    TimePoint writingSince_{};
    std::optional<TimePoint> lastEvent_;
    std::uint64_t heartbeatsSent_ = 0;
    std::optional<OneShot<bool>> heartbeat_;  // set when the one under way is out
    OneShot<Status> passed_;                  // how pass() ended, or why it is not waited for
    boost::asio::cancellation_signal stopHeartbeat_;
};

}  // namespace millrace::stream
