// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "http/h2_connection.h"

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::http {

/// One stream of a server's connection, as what serves it hears of it. Called within the connection's events: it may
/// submit. Thread: the strand.
class H2Stream {
public:
    virtual ~H2Stream() = default;
    /// Good until it returns; says itself what it has done with (H2Session::consume()).
    virtual void onData(std::string_view bytes) = 0;
    /// The other side sends no more.
    virtual void onEnd() = 0;
    /// All that was handed to H2Session::send() is on its way.
    virtual void onSent() = 0;
    /// It is over, and the connection is not to be used for it any more; `code`: of the side that reset it.
    virtual void onClosed(std::uint32_t code) = 0;
    /// Some times a second, as long as it is open.
    virtual void look(TimePoint now) = 0;
};

/// Who is at the other end of a connection.
struct H2Peer {
    std::string address;     ///< empty: it has none
    std::uint16_t port = 0;  ///< 0: it has none
};

/// What serves those streams of one connection that are no calls of gRPC.
///
/// Owner: the connection's session.    Thread: the strand.
class H2Service {
public:
    virtual ~H2Service() = default;
    /// The head of a request is there. `tooLarge`: `fields` are not all. `last`: there is no body, and onEnd() follows.
    virtual std::shared_ptr<H2Stream> open(H2Connection& connection, H2StreamId stream, const HttpFields& fields,
                                           bool tooLarge, bool last) = 0;
};

}  // namespace millrace::http
