// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "http/h2_connection.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::http {

/// What serves one stream of a server's connection. Its methods are called within the connection's events, so they may
/// submit, but not pull. Thread: the strand.
class H2Stream {
public:
    virtual ~H2Stream() = default;
    /// `bytes` are valid until it returns. The callee calls H2Session::consume() for what it has processed.
    virtual void onData(std::string_view bytes) = 0;
    /// END_STREAM: the client sends no more.
    virtual void onEnd() = 0;
    /// Everything given to H2Session::send() has been pulled.
    virtual void onSent() = 0;
    /// The stream is closed, the last call. `code`: see H2Events::onClosed().
    virtual void onClosed(std::uint32_t code) = 0;
    /// Called several times a second while it is open: for time-outs.
    virtual void look(TimePoint now) = 0;
};

/// The remote end of a connection.
struct H2Peer {
    std::string address;     ///< empty: a Unix socket
    std::uint16_t port = 0;  ///< 0: a Unix socket
};

/// Serves those streams of one connection that are not gRPC calls.
///
/// Owner: the connection's session.    Thread: the strand.
class H2Service {
public:
    virtual ~H2Service() = default;
    /// A request's head has arrived. `tooLarge`: `fields` are incomplete. `last`: no body; onEnd() follows. Never
    /// null: what is refused is answered, and kept until onClosed().
    virtual std::shared_ptr<H2Stream> open(H2Connection& connection, H2StreamId stream, const HttpFields& fields,
                                           bool tooLarge, bool last) = 0;
};

}  // namespace millrace::http
