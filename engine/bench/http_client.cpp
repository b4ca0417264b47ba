// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/http_client.h"

#include "http/buffers.h"
#include "http/response_parser.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/socket_base.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

namespace millrace::bench {

using tcp = net::ip::tcp;

struct HttpClient::Connection final : http::ResponseParser::Listener {
    explicit Connection(const net::any_io_executor& executor) : socket(executor) {}

    void onField(std::string_view, std::string_view, bool) override {}
    void onHead(unsigned status) override { answer.status = status; }
    void onBody(std::string_view bytes) override
    {
        if (!answer.firstByte) answer.firstByte = std::chrono::steady_clock::now();
        bodyBytes += bytes.size();
        if (keepsBody) answer.body += bytes;
    }

    tcp::socket socket;
    http::ResponseParser parser{*this, {}};
    http::InBuffer in;
    HttpAnswer answer;
    std::uint64_t bodyBytes = 0;
    bool keepsBody = true;
};

namespace {

constexpr std::size_t kReadAtOnce = 64 << 10, kSlowReadAtOnce = 16 << 10;
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
    co_return co_await receive(events);
}

net::awaitable<StatusOr<HttpAnswer>> HttpClient::receive(unsigned events)
{
    using Step = http::ResponseParser::Step;
    constexpr auto token = net::as_tuple(net::use_awaitable);
    Connection& connection = *connection_;
    const bool slow = bytesPerSecond_ > 0;
    const std::size_t atOnce = slow ? kSlowReadAtOnce : kReadAtOnce;
    connection.answer = {};
    connection.bodyBytes = 0;
    connection.keepsBody = !slow;
    connection.parser.begin();
    std::uint64_t taken = 0;
    bool complete = false, enough = false;
    while (!complete && !enough) {
        const auto buffer = net::buffer(connection.in.prepare(kReadAtOnce), atOnce);
        auto [broken, count] = co_await connection.socket.async_read_some(buffer, token);
        const std::uint64_t before = connection.bodyBytes;
        std::string problem;
        if (broken == net::error::eof && connection.parser.finish()) {
            complete = true;
        } else if (broken) {
            problem = broken.message();
        } else {
            connection.in.commit(count);
            const auto fed = connection.parser.feed(connection.in.view());
            connection.in.consume(fed.used);
            taken += fed.used;
            complete = fed.step == Step::Done;
            if (fed.step == Step::Failed) problem = connection.parser.problem();
            if (connection.bodyBytes > kAnswerMax || buffer.size() == 0) problem = "it is larger than the limit";
            // A read that filled the buffer promises more: take more at a time.
            if (count == buffer.size() && connection.in.empty())
                connection.in.reserve(std::min(2 * connection.in.capacity(), kReadAtOnce));
        }
        if (!problem.empty()) {
            const char* part = connection.parser.headDone() ? "body" : "head";
            connection_.reset();
            co_return unavailable(std::string("reading the ") + part + " of an answer: " + problem);
        }
        if (slow) {
            net::steady_timer pause(co_await net::this_coro::executor);
            pause.expires_after(fromMs(1000.0 * static_cast<double>(connection.bodyBytes - before) / bytesPerSecond_));
            co_await pause.async_wait(net::use_awaitable);
        } else {
            enough = events > 0 && connection.answer.status == 200 && eventsIn(connection.answer.body) >= events;
        }
    }
    HttpAnswer answer = std::move(connection.answer);
    answer.wireBytes = taken - connection.parser.headBytes();
    // The kernel has come to hold more and more for a slow one.
    if (!complete || slow || !connection.parser.keepsAlive() || !connection.in.empty()) connection_.reset();
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
