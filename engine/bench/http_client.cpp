// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/http_client.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>

#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace millrace::bench {

namespace http = boost::beast::http;
using tcp = net::ip::tcp;

struct HttpClient::Connection {
    explicit Connection(const net::any_io_executor& executor) : socket(executor) {}
    tcp::socket socket;
    boost::beast::flat_buffer buffer;
};

namespace {

constexpr int kSlowReceiveBytes = 32 << 10, kSlowSegmentBytes = 1440;

/// An event ends with an empty line.
unsigned eventsIn(const std::string& body)
{
    unsigned count = 0;
    for (std::size_t at = body.find("\n\n"); at != std::string::npos; at = body.find("\n\n", at + 2)) ++count;
    return count;
}

}  // namespace

HttpClient::HttpClient(std::string address) : address_(std::move(address)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;

net::awaitable<StatusOr<HttpAnswer>> HttpClient::call(const std::string& head, const std::string& body, unsigned events)
{
    constexpr auto token = net::as_tuple(net::use_awaitable);
    if (!connection_) {
        const auto executor = co_await net::this_coro::executor;
        auto connection = std::make_unique<Connection>(executor);
        const auto colon = address_.rfind(':');
        tcp::resolver resolver(executor);
        auto [failed, results] =
            co_await resolver.async_resolve(address_.substr(0, colon), address_.substr(colon + 1), token);
        if (failed) co_return fromAsio(failed, "resolving " + address_);
        if (bytesPerSecond_ > 0) {
            // A slow client is far away: small segments, and a kernel that does not read for it.
            connection->socket.open(results.begin()->endpoint().protocol());
            connection->socket.set_option(net::socket_base::receive_buffer_size(kSlowReceiveBytes));
            const int segment = kSlowSegmentBytes;
            ::setsockopt(connection->socket.native_handle(), IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
            auto [refused] = co_await connection->socket.async_connect(results.begin()->endpoint(), token);
            if (refused) co_return fromAsio(refused, "connecting to " + address_);
        } else {
            auto [refused, endpoint] = co_await net::async_connect(connection->socket, results, token);
            if (refused) co_return fromAsio(refused, "connecting to " + address_);
        }
        connection->socket.set_option(tcp::no_delay(true));
        connection_ = std::move(connection);
    }
    auto& socket = connection_->socket;
    const std::array<net::const_buffer, 2> out{net::buffer(head), net::buffer(body)};
    auto [unsent, written] = co_await net::async_write(socket, out, token);
    if (unsent) {
        connection_.reset();
        co_return fromAsio(unsent, "sending to " + address_);
    }
    HttpAnswer answer;
    http::response_parser<http::buffer_body> parser;
    parser.body_limit(kAnswerMax);
    auto [headless, headBytes] = co_await http::async_read_header(socket, connection_->buffer, parser, token);
    if (headless) {
        connection_.reset();
        co_return unavailable("reading the head of an answer: " + headless.message());
    }
    answer.status = parser.get().result_int();
    std::array<char, 16384> piece;
    while (!parser.is_done()) {
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        auto [broken, bytes] = co_await http::async_read_some(socket, connection_->buffer, parser, token);
        if (broken && broken != http::error::need_buffer) {
            connection_.reset();
            co_return unavailable("reading the body of an answer: " + broken.message());
        }
        answer.wireBytes += bytes;
        const auto got = piece.size() - parser.get().body().size;
        if (got > 0 && !answer.firstByte) answer.firstByte = std::chrono::steady_clock::now();
        if (bytesPerSecond_ > 0) {
            net::steady_timer pause(co_await net::this_coro::executor);
            pause.expires_after(fromMs(1000.0 * static_cast<double>(got) / bytesPerSecond_));
            co_await pause.async_wait(net::use_awaitable);
            continue;
        }
        answer.body.append(piece.data(), got);
        if (events > 0 && answer.status == 200 && eventsIn(answer.body) >= events) {
            connection_.reset();
            co_return answer;
        }
    }
    // The kernel has come to hold more and more for a slow one.
    if (!parser.get().keep_alive() || bytesPerSecond_ > 0) connection_.reset();
    co_return answer;
}

std::string failureOf(const StatusOr<HttpAnswer>& answer)
{
    if (!answer.ok()) return codeName(answer.status());
    return answer->status == 200 ? "" : "HTTP " + std::to_string(answer->status);
}

std::string requestHead(const std::string& method, const std::string& target, const std::string& address,
                        std::size_t bodyBytes, const std::vector<std::pair<std::string, std::string>>& fields)
{
    std::string head = method + " " + target + " HTTP/1.1\r\nHost: " + address + "\r\n";
    for (const auto& [name, value] : fields) head += name + ": " + value + "\r\n";
    if (method != "GET") head += "Content-Length: " + std::to_string(bodyBytes) + "\r\n";
    return head + "\r\n";
}

}  // namespace millrace::bench
