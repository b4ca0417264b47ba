// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "http/fields.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::pool {

using http::fieldValue;
using http::HttpField;
using http::HttpFields;

/// A request to an upstream, as backends build it.
struct HttpRequest {
    std::string method = "POST";
    std::string target;  ///< path and query as sent: "/v1/embeddings"
    HttpFields fields;   ///< without Host, Connection, Content-Length, Transfer-Encoding, which the pool adds
    std::string body;
    bool replaySafe = false;  ///< may be executed twice: replayed like an idempotent method
    /// Longest silence within the body: from its first byte on this replaces the deadline. Empty: the deadline applies
    /// to the whole response.
    std::optional<Duration> silenceMax;
};

/// A response's body, read piece by piece. Destroying it before its end closes the connection (HTTP/2: resets the
/// stream), so that the upstream stops.
///
///     for (;;) {
///         auto piece = co_await body->read();
///         if (!piece.ok()) co_return piece.status();
///         if (piece->empty()) break;                           // complete
///         use(*piece);
///     }
///
/// Owner: its reader.   Thread: the strand.   Bound: one piece is read ahead.
class HttpBody {
public:
    virtual ~HttpBody() = default;
    /// The next piece as it arrives, at most 64 KiB; empty: complete. Unavailable: the upstream broke off; Cancelled;
    /// DeadlineExceeded: also for a silence of silenceMax. REQUIRES: one read() at a time.
    virtual boost::asio::awaitable<StatusOr<std::string>> read() = 0;
    /// The whole rest, if it has arrived already: spares small responses a coroutine. Empty: nothing was taken, use
    /// read().
    virtual std::optional<std::string> takeWhole() { return std::nullopt; }
};

/// A response of an upstream: its head, and its body while that arrives.
struct HttpResponse {
    unsigned status = 0;
    HttpFields fields;
    std::unique_ptr<HttpBody> body;
    bool connectionReused = false;
    std::unique_ptr<HttpRequest> redirected;  ///< for redirects(status): the request, to be sent elsewhere
    bool untilClose = false;  ///< the body has neither a length nor chunks, and ends with the connection
    ConnectionId connection;
};

/// True for the statuses whose Location is to be requested instead.
constexpr bool redirects(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The error for a response beyond `bytesMax`: Internal with HTTP 502, since a retry would not help.
inline Status answerTooLarge(std::uint64_t bytesMax)
{
    const bool small = bytesMax < (std::uint64_t{1} << 20);
    const std::string most = std::to_string(bytesMax >> (small ? 10 : 20)) + (small ? " KiB" : " MiB");
    return withHttpStatus(internal("the backend's answer is larger than " + most + ", the most that is held of one"),
                          502);
}

/// Reads a whole body; more than `bytesMax` is answerTooLarge(). REQUIRES: `body` outlives the call.
boost::asio::awaitable<StatusOr<std::string>> readAll(HttpBody& body, std::size_t bytesMax);

}  // namespace millrace::pool
