// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/call_context.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "pool/http_message.h"
#include "setting_defaults.h"
#include "stream/backpressure.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::stream {

/// The settings `streamer.*`, whose help says what each does.
struct Options {
    bool enabled = defaults::streamer::kEnabled;                 ///< off: the whole answer is held before it is sent
    std::uint32_t chunkBytes = defaults::streamer::kChunkBytes;  ///< of the first chunk; clamped to ChunkSizer's bounds
    bool chunkAdaptive = defaults::streamer::kChunkAdaptive;     ///< off: chunkBytes, always
    bool compression = defaults::streamer::kCompression;         ///< gzip, for clients that accept it
    /// Smaller answers go uncompressed; 0: none is too small
    std::uint32_t compressionBytesMin = defaults::streamer::kCompressionBytesMin;
    /// Share of a sample's bytes; 0: any saving is enough
    double compressionSavingMin = defaults::streamer::kCompressionSavingMin;
    std::uint64_t backpressureBytesMax =
        defaults::streamer::kBackpressureBytesMax;                 ///< of all streams together; REQUIRES: > 0
    std::uint64_t windowBytes = defaults::streamer::kWindowBytes;  ///< of one stream; REQUIRES: > 0
    Duration heartbeat = defaults::streamer::kHeartbeat;           ///< silence before a comment is sent; 0: never

    bool operator==(const Options&) const = default;
};

/// Where an answer goes: a client's connection. write() ends when the bytes were handed to the network,
/// which is what a slow client slows down.
///
/// Thread: the strand; one write() at a time.
class Sink {
public:
    virtual ~Sink() = default;
    /// Unavailable or Cancelled when the client disconnected.
    virtual boost::asio::awaitable<Status> write(std::string_view bytes) = 0;
    /// The same for little that can be handed over at once, without a coroutine. Empty: nothing of it was, call
    /// write().
    virtual std::optional<Status> writeNow(std::string_view) { return std::nullopt; }
};

/// What the client and the answer are, known before the first byte.
struct Plan {
    SharedText client;
    std::string model;
    /// Pass each event at once. Of another label than an event stream's: if it looks like one.
    bool eventStream = false;
    bool acceptGzip = false;   ///< the client takes Content-Encoding: gzip
    bool noTransform = false;  ///< the answer says Cache-Control: no-transform: it leaves as it came
    bool untilClose = false;   ///< the answer has neither length nor chunks: it ends with its connection
    std::string contentType;
    std::optional<std::uint64_t> length;  ///< of the answer, where the upstream said so
    /// An in-band error in the caller's dialect for an event stream that breaks off ("data: {…}\n\n"); none: cut off.
    std::string (*errorEvent)(const Status& status) = nullptr;
};

/// Where an answer on its way stands.
enum class Progress {
    Waiting,  ///< for the first byte
    Streaming,
    Paused,
    Finishing,  ///< the upstream has sent all
};

struct StreamSnapshot {
    StreamId id;
    RequestId request;  ///< whose answer it is
    std::string client, model;
    bool eventStream = false;
    TimePoint started;
    std::uint64_t bytesIn = 0, bytesOut = 0, events = 0;
    double bytesPerSecond = 0, eventsPerSecond = 0;
    std::uint64_t buffered = 0, window = 0;
    Progress state = Progress::Waiting;
    Backpressure::By pausedBy = Backpressure::By::Nobody;
    Duration paused{};  ///< how long now
    std::uint64_t pauses = 0;
    std::uint32_t chunkBytes = 0;  ///< 0: passes events at once
    std::optional<double> compressionRatio;
    std::optional<Duration> firstByte;
};

/// One answer on its way. Made by Streamer::open(), which has read enough to choose the encoding.
///
/// Thread: the strand.
class Stream {
public:
    virtual ~Stream() = default;
    /// "gzip" or empty: goes into the client's Content-Encoding.
    virtual const std::string& contentEncoding() const = 0;
    /// Length to announce when it is known and unchanged; empty: chunked transfer.
    virtual std::optional<std::uint64_t> contentLength() const = 0;
    /// It is an event stream, whatever its label says.
    virtual bool passesEvents() const { return false; }
    /// After run() failed: what the client has is whole events and the error; else it must be seen to be cut off.
    virtual bool reportedInBand() const { return false; }
    /// REQUIRES: called once; `sink` outlives it. Sends everything to `sink`. OK when the answer arrived whole; else
    /// what broke it (the sink has then been notified in-band where Plan::errorEvent allows).
    virtual boost::asio::awaitable<Status> run(Sink& sink) = 0;
    /// The same where all of it is here and `sink` takes it at once. Empty: nothing was done, call run().
    virtual std::optional<Status> runNow(Sink&) { return std::nullopt; }
};

/// Brings answers to clients with bounded memory: passes events at once, chunks bulk adaptively, holds back reading
/// when a client or all clients together are slow, compresses where it pays.
///
///     auto stream = co_await streamer.open(plan, std::move(answer.body), context);
///     if (!stream.ok()) co_return stream.status();          // nothing was sent yet: another status can be
///     writeHead((*stream)->contentEncoding(), (*stream)->contentLength());
///     const Status sent = co_await (*stream)->run(sink);    // the client has all of it, or is cut off
///
/// Owner:  Engine.              Thread: the strand.
/// Bound:  Options::windowBytes a stream, backpressureBytesMax over all, plus one read each.
/// Errors: in Stream::run.      Stop: streams end with their request; nothing else to stop.
/// Not here: HTTP framing (front), the upstream (backend).
class Streamer {
public:
    Streamer(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, Options options);
    ~Streamer();

    void apply(Options options);

    /// Waits for the first bytes of `body` where the choice of encoding needs them.
    boost::asio::awaitable<StatusOr<std::unique_ptr<Stream>>> open(Plan plan, std::unique_ptr<pool::HttpBody> body,
                                                                   CallContext context);
    /// The same for a small answer that is here to its end: without waiting. Empty: nothing was taken, call open().
    /// `body` is kept until the answer has been sent, or has to wait for the client: its connection returns to the pool
    /// behind the answer, not before it.
    std::optional<StatusOr<std::unique_ptr<Stream>>> openNow(Plan& plan, std::unique_ptr<pool::HttpBody>& body,
                                                             const CallContext& context);

    std::vector<StreamSnapshot> streams() const;
    std::uint64_t bufferedBytes() const;
    std::uint64_t bufferedBytesMax() const;
    std::map<std::string, double> pausedSecondsByClient() const;  ///< at most 32 clients

private:
    class Impl;
    std::shared_ptr<Impl> impl_;  // streams share it, so that the last one may outlive the streamer
};

}  // namespace millrace::stream
