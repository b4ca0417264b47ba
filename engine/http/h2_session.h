// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/shared_bytes.h"
#include "http/fields.h"
#include "http/h2_out.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::http {

using H2StreamId = std::int32_t;

enum class H2Role { Server, Client };

/// RFC 9113, 7.
enum class H2Code : std::uint32_t {
    NoError = 0,
    ProtocolError = 1,
    InternalError = 2,
    RefusedStream = 7,  ///< not processed at all: safe to retry (RFC 9113, 8.7)
    Cancel = 8,
    EnhanceYourCalm = 11,
    InadequateSecurity = 12,
};

/// "PROTOCOL_ERROR" for an error code on the wire.
std::string_view codeName(std::uint32_t code);

/// Limits on what the peer sends. 0 is not special: it allows nothing.
struct H2Limits {
    std::uint32_t streamsMax = 1024;           ///< concurrent streams opened by the peer
    std::uint32_t headerListBytesMax = 65536;  ///< of one header block, as SETTINGS_MAX_HEADER_LIST_SIZE counts
    /// Flow-control windows: bytes that may arrive of one stream, and of all of them, before consume().
    std::uint32_t streamWindow = 256u << 10;
    std::uint32_t connectionWindow = 1u << 20;
    /// SETTINGS_MAX_FRAME_SIZE: a message of hundreds of KiB then takes only a few frames.
    std::uint32_t frameBytesMax = 64u << 10;
};

/// Counters of a session since its start.
struct H2Counters {
    std::uint64_t streams = 0;  ///< opened by either side
    std::uint64_t resets = 0;   ///< RST_STREAM received
    std::uint64_t pings = 0;    ///< PING received, without acknowledgements
};

/// What the peer did. Called within receive() and pull(). The callee may submit; REQUIRES: it calls neither receive()
/// nor pull().
///
/// Thread: that of the session.
class H2Events {
public:
    virtual ~H2Events() = default;
    /// A request's head or trailers (server); a response's head or trailers (client). Names are in lower case.
    /// `tooLarge`: the block exceeded headerListBytesMax, and `fields` are those that fit. `last`: END_STREAM.
    virtual void onHeaders(H2StreamId stream, HttpFields fields, bool tooLarge, bool last) = 0;
    /// `bytes` are valid until this returns. The window stays reduced until consume() is called for them.
    virtual void onData(H2StreamId stream, std::string_view bytes) = 0;
    /// END_STREAM. Not called after an onHeaders() with `last`.
    virtual void onEnd(H2StreamId stream) = 0;
    /// Everything that was given to send() has been pulled.
    virtual void onSent(H2StreamId) {}
    /// The stream is closed; `code` of the reset, or NoError. Exactly once per stream, whatever happens.
    virtual void onClosed(H2StreamId stream, std::uint32_t code) = 0;
    /// GOAWAY received: no new streams. Streams beyond its last id are closed as RefusedStream.
    virtual void onLeaving() {}
    /// SETTINGS received: streamsAllowed() may have changed.
    virtual void onSettings() {}
};

/// The HTTP/2 protocol of one connection, sans I/O: received bytes become events, submitted messages become bytes. A
/// wrapper of nghttp2 that adds limits and defences against floods.
///
///     H2Session session(H2Role::Server, H2Limits{}, events);
///     const Status status = session.receive(bytes, now);  // calls events, which may submit
///     H2Out out;
///     session.pull(out, most);                            // to be sent, also after an error
///
/// Owner:  H2Connection, tests.    Thread: one.
/// Bound:  H2Limits for input. Output is queued until the peer's windows admit it: the caller checks unsent(). Floods
///         of resets, pings, settings and empty frames (FloodGuard), of CONTINUATION and of pending acknowledgements
///         (nghttp2) end the connection.
/// Errors: stream errors end that stream; connection errors, and exceptions of event handlers, make receive() fail and
///         queue a GOAWAY.
/// Stop:   announceEnd(), then end(): the two GOAWAYs of RFC 9113, 6.8.
/// Not here: methods and what the fields mean, gRPC (grpc_call.h); sockets and deadlines (h2_connection.h).
class H2Session {
public:
    H2Session(H2Role role, H2Limits limits, H2Events& events);
    ~H2Session();
    H2Session(const H2Session&) = delete;
    H2Session& operator=(const H2Session&) = delete;

    /// After an error all further input is rejected; pending output can still be pulled.
    Status receive(std::string_view bytes, TimePoint now);
    /// Moves frames to `out` until it holds `most` bytes or nothing is pending.
    void pull(H2Out& out, std::size_t most);
    /// Both sides are finished: the connection can be closed.
    bool over() const;
    /// The protocol error or limit that ends the connection; OK: none.
    const Status& problem() const;
    /// pull() would produce output.
    bool wantsWrite() const;

    /// Client: opens a stream; `last`: without a body. Nullopt: no further streams on this connection.
    std::optional<H2StreamId> request(const HttpFields& fields, bool last);
    /// Server: the response's head. `last`: no body. REQUIRES: once per stream.
    void respond(H2StreamId stream, const HttpFields& fields, bool last);
    /// An interim response (1xx). REQUIRES: before respond().
    void inform(H2StreamId stream, const HttpFields& fields);
    /// Queues a piece of the body. REQUIRES: after the head, before finish().
    void send(H2StreamId stream, std::string bytes);
    void send(H2StreamId stream, SharedBytes bytes);
    /// Ends our side of the stream after the queued data; with trailers unless `trailers` is empty.
    void finish(H2StreamId stream, HttpFields trailers = {});
    /// Resets the stream and drops its queued data. A request of which nothing was pulled yet is closed within this
    /// call.
    void reset(H2StreamId stream, H2Code code);
    /// Changes the limit for header lists that begin from now on, and announces it to the peer.
    void setHeaderListMax(std::uint32_t bytes);
    /// Bytes of onData() have been processed: reopens both windows by as much.
    void consume(H2StreamId stream, std::size_t bytes);
    /// Reopens the connection's window only, so that a stream that is read slowly does not block the others.
    void consumeConnection(std::size_t bytes);
    /// Reopens the stream's window: the second half of consumeConnection().
    void consumeStream(H2StreamId stream, std::size_t bytes);

    /// Bytes given to send() and not pulled yet.
    std::size_t unsent(H2StreamId stream) const;
    /// Frames other than DATA that are pending, including HEADERS of requests that the peer's limit holds back.
    std::size_t framesQueued() const;
    std::size_t streamsOpen() const;
    const H2Counters& counters() const;
    /// When the header block started that is still arriving; nullopt: none. It blocks all other input.
    std::optional<TimePoint> headersBegan() const;
    /// The peer's preface and SETTINGS have arrived.
    bool greeted() const;
    /// The peer sent GOAWAY: no new streams.
    bool leaving() const;
    /// The peer's SETTINGS_MAX_CONCURRENT_STREAMS.
    std::uint32_t streamsAllowed() const;
    H2Role role() const;

    /// Queues a PING and, on a server, a first GOAWAY that still admits streams. endAnnounced(): the PING was
    /// acknowledged, so the peer knows.
    void announceEnd();
    bool endAnnounced() const;
    /// Sends the final GOAWAY: no new streams. NoError: open ones may finish; any other `code` ends them.
    void end(H2Code code = H2Code::NoError, std::string_view why = {});
    /// The transport is gone: calls onClosed() for each open stream, with RefusedStream if nothing of it was pulled.
    void closeStreams();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
