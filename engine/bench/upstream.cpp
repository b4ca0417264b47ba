// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/upstream.h"

#include "bench/socket.h"
#include "http/request_parser.h"
#include "http/response_head.h"
#include "http/send_now.h"

#include <queue>

#include <CLI/CLI.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>

#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <map>
#include <memory>
#include <netinet/in.h>
#include <optional>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <tuple>
#include <unistd.h>
#include <vector>

namespace millrace::bench {

namespace {

constexpr std::size_t kWishIn = 1024;  // of a body's beginning
constexpr std::uint32_t kHeadMax = 64 << 10;
constexpr std::size_t kBroken = SIZE_MAX;  // in place of how much was taken: malformed HTTP
constexpr std::size_t kReadAtOnce = 64u << 10;
constexpr std::size_t kPendingMax = 4u << 20;  // of a stream whose reader is slow: further events wait
constexpr std::size_t kAcceptsAtOnce = 256;
constexpr std::string_view kModels =
    R"({"object":"list","data":[{"id":"upstream","object":"model","owned_by":"bench"}]})";
constexpr std::string_view kStreamHead =
    "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nX-Accel-Buffering: no\r\n"
    "Transfer-Encoding: chunked\r\n\r\n";

/// The number after `"name":`; `otherwise` where there is none.
template <typename Number>
Number numberOf(std::string_view body, std::string_view quotedName, Number otherwise, Number most)
{
    auto at = body.find(quotedName);
    if (at == std::string_view::npos) return otherwise;
    at = body.find_first_not_of(": ", at + quotedName.size());
    if (at == std::string_view::npos) return otherwise;
    Number value = otherwise;
    std::from_chars(body.data() + at, body.data() + body.size(), value);
    return std::min(value, most);
}

std::string chunkOf(std::string_view bytes)
{
    http::ChunkHead head;
    return std::string(head.write(bytes.size())).append(bytes).append("\r\n");
}

/// A whole chat of about `bytes` bytes; made once for each size.
std::string wholeAnswer(std::size_t bytes)
{
    std::string body =
        R"({"id":"c","object":"chat.completion","created":0,"model":"upstream","choices":[{"index":0,"finish_reason":"stop","message":{"role":"assistant","content":")";
    constexpr std::string_view kEnd = R"("}}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2}})";
    const std::size_t framing = body.size() + kEnd.size();
    body.append(bytes > framing ? bytes - framing : 0, 'x').append(kEnd);
    return "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n\r\n" + body;
}

class Upstream {
public:
    Upstream(FileDescriptor listener, FileDescriptor epoll) : listener_(std::move(listener)), epoll_(std::move(epoll))
    {}

    int run()
    {
        watch(listener_.get(), EPOLLIN, EPOLL_CTL_ADD);
        std::array<epoll_event, 256> events{};
        for (;;) {
            const int count = ::epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()), wait());
            if (count < 0 && errno != EINTR) return 1;
            for (int i = 0; i < count; ++i) {
                const auto& event = events[static_cast<std::size_t>(i)];
                if (event.data.fd == listener_.get())
                    accept();
                else
                    serve(event.data.fd, event.events);
            }
            pace();
        }
    }

private:
    struct Connection {
        FileDescriptor socket;
        std::uint64_t serial = 0;  // descriptors are used again
        http::RequestParser parser;
        http::RequestHead head;
        std::uint64_t left = 0;  // of a body of known length
        bool inBody = false;
        std::string in, begun;  // not read yet; the beginning of the body
        std::string out;        // small answers and events
        const std::string* whole = nullptr;
        std::size_t sent = 0;  // of `whole`, or of `out`
        unsigned tokensLeft = 0, gapMs = 0;
        bool streaming = false, waitsForRoom = false;
    };
    using Step = http::RequestParser::Step;
    using Due = std::tuple<std::uint64_t, std::uint64_t, int>;  // when, whose, where

    void watch(int fd, std::uint32_t what, int how) const
    {
        epoll_event event{};
        event.events = what;
        event.data.fd = fd;
        ::epoll_ctl(epoll_.get(), how, fd, &event);
    }

    int wait() const
    {
        if (due_.empty()) return -1;
        const std::uint64_t now = monotonicNs(), next = std::get<0>(due_.top());
        return next <= now ? 0 : static_cast<int>((next - now + 999'999) / 1'000'000);
    }

    void accept()
    {
        for (std::size_t i = 0; i < kAcceptsAtOnce; ++i) {
            const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
            if (fd < 0) return;
            sendAtOnce(fd);
            auto connection = std::make_unique<Connection>();
            connection->socket = FileDescriptor(fd);
            connection->serial = ++serial_;
            begin(*connection);
            if (connections_.size() <= static_cast<std::size_t>(fd))
                connections_.resize(static_cast<std::size_t>(fd) + 1);
            connections_[static_cast<std::size_t>(fd)] = std::move(connection);
            watch(fd, EPOLLIN, EPOLL_CTL_ADD);
        }
    }

    void serve(int fd, std::uint32_t events)
    {
        auto& place = connections_[static_cast<std::size_t>(fd)];
        if (!place) return;
        bool open = true;
        if ((events & EPOLLOUT) != 0) open = flush(*place);
        if (open && (events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) open = read(*place);
        if (!open) place.reset();
    }

    bool read(Connection& connection)
    {
        const ssize_t count = ::recv(connection.socket.get(), incoming_.data(), incoming_.size(), 0);
        if (count == 0) return false;
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        std::string_view bytes(incoming_.data(), static_cast<std::size_t>(count));
        if (!connection.in.empty()) {
            connection.in.append(bytes);
            return take(connection, std::exchange(connection.in, {}));
        }
        return take(connection, bytes);
    }

    bool take(Connection& connection, std::string_view bytes)
    {
        while (!bytes.empty()) {
            if (busy(connection)) {  // pipelined: later
                connection.in.assign(bytes);
                return connection.in.size() <= kPendingMax;
            }
            const std::size_t used = connection.inBody ? 0 : readHead(connection, bytes);
            if (used == kBroken) return false;
            bytes.remove_prefix(used);
            const std::size_t more = connection.inBody ? readBody(connection, bytes) : 0;
            if (more == kBroken) return false;
            bytes.remove_prefix(more);
            if (!connection.inBody || connection.left > 0) {
                connection.in.assign(bytes);
                return true;
            }
            answer(connection);
            if (!flush(connection)) return false;
        }
        return true;
    }

    static std::size_t readHead(Connection& connection, std::string_view bytes)
    {
        const auto fed = connection.parser.head(bytes, connection.head);
        if (fed.step == Step::Failed) return kBroken;
        connection.inBody = fed.step == Step::Done;
        connection.left = connection.head.chunked ? 1 : connection.head.length.value_or(0);
        return fed.used;
    }

    /// Of chunks something is left until all have come.
    static std::size_t readBody(Connection& connection, std::string_view bytes)
    {
        std::string& begun = connection.begun;
        if (!connection.head.chunked) {
            const std::size_t piece = std::min<std::uint64_t>(connection.left, bytes.size());
            begun.append(bytes.substr(0, std::min(piece, kWishIn - begun.size())));
            connection.left -= piece;
            return piece;
        }
        const auto fed = connection.parser.chunks(bytes, begun, UINT64_MAX);
        if (fed.step == Step::Failed) return kBroken;
        begun.resize(std::min(begun.size(), kWishIn));
        connection.left = fed.step == Step::Done ? 0 : 1;
        return fed.used;
    }

    /// For the next request.
    static void begin(Connection& connection)
    {
        connection.begun.clear();
        connection.head.clear();
        connection.parser.reset(kHeadMax);
        connection.inBody = false;
    }

    static bool busy(const Connection& connection)
    {
        return connection.streaming || connection.whole != nullptr || !connection.out.empty();
    }

    void answer(Connection& connection)
    {
        const Wish wish = wishOf(connection.begun);
        if (connection.head.target().ends_with("/models")) {
            connection.out = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: " +
                             std::to_string(kModels.size()) + "\r\n\r\n" + std::string(kModels);
        } else if (wish.stream) {
            connection.out = kStreamHead;
            connection.streaming = true;
            connection.tokensLeft = wish.tokens;
            connection.gapMs = wish.gapMs;
            sendToken(connection, monotonicNs());
        } else {
            auto [found, inserted] = wholes_.try_emplace(wish.answerBytes);
            if (inserted) found->second = wholeAnswer(wish.answerBytes);
            connection.whole = &found->second;
        }
        connection.sent = 0;
        begin(connection);
    }

    void sendToken(Connection& connection, std::uint64_t due)
    {
        if (connection.tokensLeft == 0) {
            connection.out += chunkOf("data: [DONE]\n\n");
            connection.out += http::kLastChunk;
            connection.streaming = false;
            return;
        }
        if (connection.out.size() < kPendingMax) {
            --connection.tokensLeft;
            connection.out += chunkOf(tokenEvent(monotonicNs()));
        }
        due_.emplace(due + std::uint64_t{connection.gapMs} * 1'000'000, connection.serial, connection.socket.get());
    }

    void pace()
    {
        const std::uint64_t now = monotonicNs();
        while (!due_.empty() && std::get<0>(due_.top()) <= now) {
            const auto [when, serial, fd] = due_.top();
            due_.pop();
            auto& place = connections_[static_cast<std::size_t>(fd)];
            if (!place || place->serial != serial || !place->streaming) continue;
            sendToken(*place, when);
            if (!flush(*place) ||
                (!place->streaming && !place->in.empty() && !take(*place, std::exchange(place->in, {}))))
                place.reset();
        }
    }

    /// False: the connection is of no use any more.
    bool flush(Connection& connection)
    {
        const std::string* bytes = connection.whole != nullptr ? connection.whole : &connection.out;
        while (connection.sent < bytes->size()) {
            const boost::asio::const_buffer rest(bytes->data() + connection.sent, bytes->size() - connection.sent);
            boost::system::error_code error;
            connection.sent += http::sendNow(connection.socket.get(), {&rest, 1}, error);
            if (error == boost::asio::error::would_block) {
                if (!std::exchange(connection.waitsForRoom, true))
                    watch(connection.socket.get(), EPOLLIN | EPOLLOUT, EPOLL_CTL_MOD);
                return true;
            }
            if (error) return false;
        }
        connection.whole = nullptr;
        connection.out.clear();
        connection.sent = 0;
        if (std::exchange(connection.waitsForRoom, false)) watch(connection.socket.get(), EPOLLIN, EPOLL_CTL_MOD);
        return true;
    }

    FileDescriptor listener_, epoll_;
    std::vector<std::unique_ptr<Connection>> connections_;  // by descriptor
    std::map<std::size_t, std::string> wholes_;
    std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
    std::vector<char> incoming_ = std::vector<char>(kReadAtOnce);
    std::uint64_t serial_ = 0;
};

}  // namespace

Wish wishOf(std::string_view body)
{
    Wish wish;
    constexpr std::string_view kStream = "\"stream\"";
    if (const auto at = body.find(kStream); at != std::string_view::npos) {
        const auto value = body.find_first_not_of(": ", at + kStream.size());
        wish.stream = value != std::string_view::npos && body.substr(value).starts_with("true");
    }
    wish.tokens = numberOf(body, "\"max_tokens\"", wish.tokens, Wish::kTokensMax);
    wish.gapMs = numberOf(body, "\"gap_ms\"", wish.gapMs, Wish::kGapMsMax);
    wish.answerBytes = numberOf(body, "\"answer_bytes\"", wish.answerBytes, Wish::kAnswerBytesMax);
    return wish;
}

std::string tokenEvent(std::uint64_t sentNs)
{
    return R"(data: {"id":"s","object":"chat.completion.chunk","created":0,"model":"upstream","t":)" +
           std::to_string(sentNs) +
           R"(,"choices":[{"index":0,"delta":{"content":" token"},"finish_reason":null}]})"
           "\n\n";
}

std::uint64_t sentAt(std::string_view event)
{
    return numberOf<std::uint64_t>(event, "\"t\"", 0, UINT64_MAX);
}

std::uint64_t monotonicNs()
{
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<std::uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<std::uint64_t>(now.tv_nsec);
}

int upstreamMain(int argc, char** argv)
{
    std::string address = "127.0.0.1:0";
    CLI::App app(
        "An OpenAI server that computes nothing, for comparing what stands in front of it.\n"
        "POST /v1/chat/completions: \"answer_bytes\": N in the body sets the size of the answer; with\n"
        "\"stream\": true, \"max_tokens\": N sets the number of events and \"gap_ms\": N the time between them.",
        "millrace-bench upstream");
    app.add_option("--http", address, "Address to listen on; port 0 picks a free one")->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    auto listener = listenOn(address);
    if (!listener.ok()) {
        std::fprintf(stderr, "millrace-bench upstream: %s\n", std::string(listener.status().message()).c_str());
        return 1;
    }
    FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    if (!epoll) {
        std::fprintf(stderr, "millrace-bench upstream: epoll: %s\n", std::strerror(errno));
        return 1;
    }
    std::printf("{\"ready\":true,\"http\":\"%s\"}\n", addressOf(*listener).c_str());
    std::fflush(stdout);
    return Upstream(std::move(*listener), std::move(epoll)).run();
}

}  // namespace millrace::bench
