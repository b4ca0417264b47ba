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

struct HttpRequest {
    std::string method = "POST";
    std::string target;  ///< path and query as sent: "/v1/embeddings"
    HttpFields fields;   ///< without Host, Connection, Content-Length, Transfer-Encoding: the pool writes those
    std::string body;
    bool replaySafe = false;  ///< may be sent a second time although the first may have been processed
    /// Once the first byte of the answer's body is there, how long the upstream may be silent while it is waited for;
    /// the deadline then counts no more. Empty: the deadline is for the whole answer.
    std::optional<Duration> silenceMax;
};

/// The rest of an answer, read piece by piece. Destroying it before its end closes the connection at once,
/// which is how an upstream learns that nobody waits.
class HttpBody {
public:
    virtual ~HttpBody() = default;
    /// Next piece as it arrives from the network (at most 64 KB); empty: the answer is complete.
    /// Unavailable when the upstream broke off, Cancelled, DeadlineExceeded (also: silent for too long).
    virtual boost::asio::awaitable<StatusOr<std::string>> read() = 0;
    /// All that is left, where it is here to its end already: the way of small answers, without a coroutine. Empty:
    /// nothing was taken, and read() waits for it.
    virtual std::optional<std::string> takeWhole() { return std::nullopt; }
};

struct HttpResponse {
    unsigned status = 0;
    HttpFields fields;
    std::unique_ptr<HttpBody> body;
    bool connectionReused = false;
    std::unique_ptr<HttpRequest>
        redirected;           ///< of a redirect (301, 302, 303, 307, 308): the request, to send elsewhere
    bool untilClose = false;  ///< the body has neither length nor chunks: it ends with its connection
    ConnectionId connection;
};

/// Statuses that name another place to ask.
constexpr bool redirects(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/// The server's fault, and the same when it is asked again: Internal, HTTP 502.
inline Status answerTooLarge(std::uint64_t bytesMax)
{
    const bool small = bytesMax < (std::uint64_t{1} << 20);
    const std::string most = std::to_string(bytesMax >> (small ? 10 : 20)) + (small ? " KiB" : " MiB");
    return withHttpStatus(internal("the backend's answer is larger than " + most + ", the most that is held of one"),
                          502);
}

/// The whole of a body, at most `bytesMax` (beyond: answerTooLarge).
boost::asio::awaitable<StatusOr<std::string>> readAll(HttpBody& body, std::size_t bytesMax);

}  // namespace millrace::pool
