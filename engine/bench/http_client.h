// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::bench {

struct HttpAnswer {
    unsigned status = 0;
    std::string body;
    std::optional<TimePoint> firstByte;  ///< of the body
    std::uint64_t wireBytes = 0;         ///< of the body with its framing
};

/// One kept-alive connection to a server, for measuring: it adds as little as it can.
/// Thread: the one that runs its executor. Bound: an answer of kAnswerMax bytes.
class HttpClient {
public:
    static constexpr std::size_t kAnswerMax = 256u << 20;

    /// `address`: host:port.
    explicit HttpClient(std::string address);
    ~HttpClient();
    HttpClient(HttpClient&&) noexcept;

    /// `head`: request line and fields up to the empty line, `body` after it; both as they go over the wire.
    /// Connects when needed; a connection that the server closed is opened again for the next call.
    /// `events`: disconnect after this many server-sent events (0: read to the end).
    boost::asio::awaitable<StatusOr<HttpAnswer>> call(const std::string& head, const std::string& body,
                                                      unsigned events = 0);
    /// Bytes a second of the next answers' bodies, as a slow client reads: not kept, and of a new connection with
    /// a small buffer in the kernel. 0: as they come.
    void setReadingRate(double bytesPerSecond) { bytesPerSecond_ = bytesPerSecond; }

private:
    struct Connection;
    boost::asio::awaitable<StatusOr<HttpAnswer>> receive(unsigned events);

    std::string address_;
    double bytesPerSecond_ = 0;
    std::unique_ptr<Connection> connection_;
};

/// Why a call counts as failed; empty: it was answered with 200.
std::string failureOf(const StatusOr<HttpAnswer>& answer);

/// Request line and fields of a request to `address`.
std::string requestHead(const std::string& method, const std::string& target, const std::string& address,
                        std::size_t bodyBytes, const std::vector<std::pair<std::string, std::string>>& fields);

}  // namespace millrace::bench
