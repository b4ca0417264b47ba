// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "stream/gzip_writer.h"
#include "stream/rate_meter.h"
#include "stream/source.h"
#include "stream/streamer_context.h"

namespace millrace::stream {

/// The common part of all streams: accounting with the gate, figures and decisions. Thread: the strand.
class OpenStream : public Stream, public Backpressure::Account, public OpenPlace {
public:
    OpenStream(std::shared_ptr<StreamerContext> shared, Plan plan, std::unique_ptr<pool::HttpBody> body,
               CallContext context);
    ~OpenStream() override;
    OpenStream(const OpenStream&) = delete;
    OpenStream& operator=(const OpenStream&) = delete;

    const std::string& contentEncoding() const override { return encoding_; }
    std::optional<std::uint64_t> contentLength() const override { return length_; }

    StreamSnapshot snapshot(TimePoint now) const;
    const std::string& client() const { return plan_.client; }
    Duration pausedByClientSoFar(TimePoint now) const;
    /// Reading may go on.
    virtual void resumed() {}

protected:
    /// One write, for the figures.
    struct Sent {
        std::size_t raw = 0;    ///< of the answer
        std::size_t bytes = 0;  ///< as they went out
        bool compressed = false;
        CompressionSkipReason skipReason = CompressionSkipReason::Off;  ///< why not compressed
        Duration processed{};                                           ///< our own time
    };

    TimePoint now() const { return shared_->clock.now(); }
    /// Call after work whose time counts as the engine's.
    TimePoint update() const { return shared_->clock.update(); }
    /// The client asks for a compressed answer and nothing known so far speaks against it; else why not.
    std::optional<CompressionSkipReason> skipReason() const;
    /// The backend has answered: from now until the first byte is sent the time counts as the engine's.
    void answered(TimePoint now) const;
    /// From now on the stream waits only for the client, and reads nothing from the backend.
    void clientReads(TimePoint now) const { context_.trace->enter(Phase::ClientReads, now); }
    /// Ends this, unless the backend has sent everything.
    void backendSends(TimePoint now) const;
    /// A piece has arrived from the backend.
    void received(std::size_t bytes, TimePoint now);
    void delivered(const Sent& sent, TimePoint now);
    /// Counts the outcome, adds the decisions and returns `status`.
    Status end(Status status, bool clientFailed) { return end(std::move(status), clientFailed, now()); }
    Status end(Status status, bool clientFailed, TimePoint ended);
    /// The status of an upstream that ended: OK, or that it sent another number of bytes than announced.
    Status whole() const;

    virtual void addDecisions(Trace& trace, Duration span) const = 0;
    virtual std::uint64_t events() const { return 0; }
    virtual std::uint32_t chunkSize() const { return 0; }
    /// Since when a write has been stuck, for streams that do not read meanwhile.
    virtual std::optional<TimePoint> stuckSince(TimePoint) const { return std::nullopt; }

    // fixed once opened
    const std::shared_ptr<StreamerContext> shared_;
    const Options options_;
    const Plan plan_;
    const CallContext context_;
    const StreamId id_;
    const TimePoint started_;
    std::string encoding_;
    std::optional<std::uint64_t> length_;

    const std::shared_ptr<Source> source_;  // null: nothing had to be read
    bool upstreamEnded_ = false;
    std::uint64_t bytesIn_ = 0;
    std::uint64_t bytesOut_ = 0;
    std::uint64_t chunks_ = 0;
    std::uint64_t compressedRaw_ = 0;
    std::uint64_t compressedSent_ = 0;
    RateMeter bytesRate_;
    RateMeter eventRate_;
    std::optional<TimePoint> firstOut_;
    TimePoint lastOut_{};
};

}  // namespace millrace::stream
