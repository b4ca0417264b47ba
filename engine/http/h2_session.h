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
    RefusedStream = 7,  ///< nothing was done for it (RFC 9113, 8.7)
    Cancel = 8,
    EnhanceYourCalm = 11,
    InadequateSecurity = 12,
};

/// "PROTOCOL_ERROR", of the code of a reset.
std::string_view codeName(std::uint32_t code);

/// Limits of what arrives. 0 is not special anywhere: it allows nothing.
struct H2Limits {
    std::uint32_t streamsMax = 1024;           ///< open at once, of those the other side opens
    std::uint32_t headerListBytesMax = 65536;  ///< of one block, as SETTINGS_MAX_HEADER_LIST_SIZE counts
    /// What may arrive of a stream, and of all of them, before consume() gave it back.
    std::uint32_t streamWindow = 256u << 10;
    std::uint32_t connectionWindow = 1u << 20;
    /// Of one frame that arrives: a message of hundreds of KiB comes in a few of them.
    std::uint32_t frameBytesMax = 64u << 10;
};

/// What a session has counted since it began.
struct H2Counters {
    std::uint64_t streams = 0;  ///< opened, by either side
    std::uint64_t resets = 0;   ///< that came
    std::uint64_t pings = 0;    ///< that came and were no answers
};

/// What the other side did. Called within receive() and pull(); a callee may submit, but neither receive nor pull.
class H2Events {
public:
    virtual ~H2Events() = default;
    /// A request's head (server), a response's head or its trailers (client), a request's trailers (server).
    /// Names are lower case. `tooLarge`: there was more than headerListBytesMax; `fields` are those that fit. `last`:
    /// nothing follows.
    virtual void onHeaders(H2StreamId stream, HttpFields fields, bool tooLarge, bool last) = 0;
    /// Good until this returns. Whoever has done with them says consume().
    virtual void onData(H2StreamId stream, std::string_view bytes) = 0;
    /// Nothing follows; not after an onHeaders() that said so.
    virtual void onEnd(H2StreamId stream) = 0;
    /// All that was handed to send() is on its way.
    virtual void onSent(H2StreamId) {}
    /// The stream is over; `code`: of the side that reset it. Once for each stream, whatever happens to it.
    virtual void onClosed(H2StreamId stream, std::uint32_t code) = 0;
    /// GOAWAY has come: no new streams. Those that it does not answer are closed as RefusedStream.
    virtual void onLeaving() {}
    /// SETTINGS have come: streamsAllowed() may be another.
    virtual void onSettings() {}
};

/// HTTP/2 of one connection: received bytes become events, submitted messages become bytes. No socket, no clock.
///
///     H2Session session(H2Role::Server, H2Limits{}, events);
///     if (Status status = session.receive(bytes, now); !status.ok()) …  // calls events, which may submit
///     H2Out out;
///     session.pull(out, most);  // what the socket is to send
///
/// Owner:  H2Connection, tests.    Thread: one.
/// Bound:  H2Limits; what is sent waits here until the other side's windows let it go (unsent()); floods of resets,
///         pings, settings and empty frames (FloodGuard), of continuations and of answers that wait (nghttp2) end it.
/// Errors: what an event throws ends the connection; a stream's own error ends that stream; the connection's make
///         receive() fail, with GOAWAY to be pulled.
/// Stop:   announceEnd(), then end(): the two GOAWAYs of RFC 9113, 6.8.
/// Not here: what the fields mean, methods, gRPC (grpc_framing.h); sockets and deadlines (h2_connection.h).
class H2Session {
public:
    H2Session(H2Role role, H2Limits limits, H2Events& events);
    ~H2Session();
    H2Session(const H2Session&) = delete;
    H2Session& operator=(const H2Session&) = delete;

    /// After an error nothing is received any more; what is there to pull still goes out.
    Status receive(std::string_view bytes, TimePoint now);
    /// Moves frames to `out` until that holds `most` bytes, or there are no more.
    void pull(H2Out& out, std::size_t most);
    /// Neither side has anything to say any more.
    bool over() const;
    /// Why the connection ends, if one of the sides did not keep to the protocol or to a limit.
    const Status& problem() const;
    /// pull() would give something.
    bool wantsWrite() const;

    /// The client opens a stream; `last`: without a body. None: no more streams on this connection.
    std::optional<H2StreamId> request(const HttpFields& fields, bool last);
    /// The server's head. `last`: there is no body. REQUIRES: once for each stream.
    void respond(H2StreamId stream, const HttpFields& fields, bool last);
    /// An interim response (1xx). REQUIRES: before respond().
    void inform(H2StreamId stream, const HttpFields& fields);
    /// More of the body. REQUIRES: after the head, before finish().
    void send(H2StreamId stream, std::string bytes);
    void send(H2StreamId stream, SharedBytes bytes);
    /// Ends our side, after what was sent, with `trailers` if there are some.
    void finish(H2StreamId stream, HttpFields trailers = {});
    /// What it had to send is dropped. A request of which nothing was sent is closed within the call.
    void reset(H2StreamId stream, H2Code code);
    /// Another limit for the header blocks that begin from now on, announced to the other side.
    void setHeaderListMax(std::uint32_t bytes);
    /// Bytes of onData() are no longer needed: as many more may come.
    void consume(H2StreamId stream, std::size_t bytes);
    /// Of bytes whose stream need not be asked for more, or not yet: only the connection's window is given back.
    void consumeConnection(std::size_t bytes);
    /// And later the stream's. One that is read slowly holds up no other so.
    void consumeStream(H2StreamId stream, std::size_t bytes);

    /// Of what was handed to send(), what has not gone out.
    std::size_t unsent(H2StreamId stream) const;
    /// Frames other than of bodies that wait to be pulled, those of requests included that may not begin yet.
    std::size_t framesQueued() const;
    std::size_t streamsOpen() const;
    const H2Counters& counters() const;
    /// When a header block began that is still arriving: nothing else can arrive meanwhile.
    std::optional<TimePoint> headersBegan() const;
    /// The other side's greeting is complete.
    bool greeted() const;
    /// The other side sent GOAWAY: no new streams.
    bool leaving() const;
    /// How many streams the other side lets us have open at a time.
    std::uint32_t streamsAllowed() const;
    H2Role role() const;

    /// Says that there will be an end, and asks for an answer; endAnnounced() once it has come.
    void announceEnd();
    bool endAnnounced() const;
    /// Takes no new streams; those open go on. `code` other than NoError ends them, too.
    void end(H2Code code = H2Code::NoError, std::string_view why = {});
    /// The bytes have nowhere to go any more: onClosed() for each stream that is open; as RefusedStream, if nothing of
    /// it was pulled.
    void closeStreams();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace millrace::http
