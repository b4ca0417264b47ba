// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/raw_client.h"

#include "bench/http_client.h"
#include "bench/socket.h"
#include "bench/upstream.h"
#include "http/response_parser.h"
#include "http/send_now.h"

#include <array>
#include <cerrno>
#include <cstring>
#include <memory>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace millrace::bench {

namespace {

constexpr std::size_t kReadAtOnce = 256u << 10;
constexpr std::size_t kFailuresMax = 1000;  // in a run: an exited server is not called indefinitely
constexpr auto kWatchEvery = std::chrono::milliseconds(100);
constexpr auto kAnswerWithin = std::chrono::seconds(20);

TimePoint now()
{
    return std::chrono::steady_clock::now();
}

/// A connection that sends one request and reads one answer at a time, whose body is looked at and not kept.
class Exchange : private http::ResponseParser::Listener {
public:
    Exchange() = default;
    Exchange(const Exchange&) = delete;
    Exchange& operator=(const Exchange&) = delete;
    virtual ~Exchange() = default;

    StatusOr<bool> open(const std::string& address, int epoll, std::size_t index)
    {
        auto socket = connectTo(address);
        if (!socket.ok()) return socket.status();
        socket_ = std::move(*socket);
        in_.clear();
        epoll_event event{};
        event.events = EPOLLIN | EPOLLOUT;
        event.data.u64 = index;
        ::epoll_ctl(epoll, EPOLL_CTL_ADD, socket_.get(), &event);
        waitsForRoom_ = true;
        return true;
    }
    void begin(const std::string& request)
    {
        request_ = &request;
        sent_ = 0;
        status_ = 0;
        done_ = false;
        parser_.begin();
        began = now();
    }
    /// False: the connection broke.
    bool send(int epoll, std::size_t index)
    {
        while (request_ != nullptr && sent_ < request_->size()) {
            const boost::asio::const_buffer rest(request_->data() + sent_, request_->size() - sent_);
            boost::system::error_code error;
            sent_ += http::sendNow(socket_.get(), {&rest, 1}, error);
            if (error == boost::asio::error::would_block || error == boost::asio::error::not_connected)
                return wait(epoll, index, true);
            if (error) return false;
        }
        return wait(epoll, index, false);
    }
    /// Reads once. False: the connection broke, or spoke something else.
    bool receive(std::vector<char>& buffer)
    {
        const ssize_t count = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
        if (count < 0) return errno == EAGAIN || errno == EINTR;
        if (count == 0) return done_ = parser_.finish();
        std::string_view bytes(buffer.data(), static_cast<std::size_t>(count));
        std::string joined;
        if (!in_.empty()) {
            joined = std::exchange(in_, {}).append(bytes);
            bytes = joined;
        }
        const auto fed = parser_.feed(bytes);
        if (fed.step == http::ResponseParser::Step::Failed) return false;
        done_ = fed.step == http::ResponseParser::Step::Done;
        if (!done_) in_.assign(bytes.substr(fed.used));
        return true;
    }
    bool done() const { return done_; }
    unsigned status() const { return status_; }
    bool isOpen() const { return static_cast<bool>(socket_); }
    void close() { socket_ = FileDescriptor(); }

    TimePoint began;

protected:
    void onBody(std::string_view) override {}

private:
    void onField(std::string_view, std::string_view, bool) override {}
    void onHead(unsigned status) override { status_ = status; }

    bool wait(int epoll, std::size_t index, bool forRoom)
    {
        if (std::exchange(waitsForRoom_, forRoom) == forRoom) return true;
        epoll_event event{};
        event.events = forRoom ? EPOLLIN | EPOLLOUT : EPOLLIN;
        event.data.u64 = index;
        return ::epoll_ctl(epoll, EPOLL_CTL_MOD, socket_.get(), &event) == 0;
    }

    FileDescriptor socket_;
    http::ResponseParser parser_{*this, {}};
    unsigned status_ = 0;
    bool done_ = false;
    const std::string* request_ = nullptr;
    std::size_t sent_ = 0;
    std::string in_;
    bool waitsForRoom_ = false;
};

/// An answer of events that say when they were sent.
class Stream final : public Exchange {
public:
    explicit Stream(StreamResult& result) : result_(result) {}

private:
    void onBody(std::string_view piece) override
    {
        const TimePoint arrived = now();
        const std::uint64_t arrivedNs = monotonicNs();
        tail_.append(piece);
        std::size_t done = 0;
        for (std::size_t stop = 0; (stop = tail_.find("\n\n", done)) != std::string::npos; done = stop + 2) {
            const std::uint64_t sent = sentAt(std::string_view(tail_).substr(done, stop - done));
            if (sent == 0) continue;  // [DONE], a comment
            if (std::exchange(first_, false))
                result_.recorder.firstByte(arrived - began);
            else if (arrivedNs > sent)
                result_.gapMs.push_back(static_cast<float>(static_cast<double>(arrivedNs - sent) / 1e6));
        }
        tail_.erase(0, done);
    }

    StreamResult& result_;
    std::string tail_;  // of an event whose end is not there yet
    bool first_ = true;
};

std::string statusReason(unsigned status)
{
    return "HTTP " + std::to_string(status);
}

}  // namespace

StatusOr<ClosedLoopResult> runClosedLoop(const ClosedLoop& plan, const std::function<void()>& atBegin,
                                         const std::function<void()>& atEnd)
{
    const FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    std::vector<Exchange> exchanges(plan.connections);
    for (std::size_t i = 0; i < exchanges.size(); ++i) {
        if (auto opened = exchanges[i].open(plan.address, epoll.get(), i); !opened.ok()) return opened.status();
        exchanges[i].begin(plan.request);
    }
    ClosedLoopResult result;
    std::vector<char> buffer(kReadAtOnce);
    std::array<epoll_event, 256> events{};
    const TimePoint start = now(), counted = start + plan.warmup, end = counted + plan.span;
    TimePoint heard = start;
    bool counting = false;
    std::size_t failures = 0;
    for (;;) {
        const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), 100);
        TimePoint at = now();
        if (!counting && at >= counted) {
            counting = true;
            if (atBegin) atBegin();
            at = now();
        }
        if (at >= end) break;
        if (count <= 0 && at - heard > kAnswerWithin) return unavailable(plan.address + " does not answer");
        for (int i = 0; i < count; ++i) {
            const auto index = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64);
            const auto what = events[static_cast<std::size_t>(i)].events;
            auto& exchange = exchanges[index];
            bool good = (what & EPOLLOUT) == 0 || exchange.send(epoll.get(), index);
            if (good && (what & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0) good = exchange.receive(buffer);
            if (good && !exchange.done()) continue;
            heard = now();
            if (counting && heard < end) {
                if (!good)
                    result.recorder.error("connection lost");
                else if (exchange.status() != 200)
                    result.recorder.error(statusReason(exchange.status()));
                else
                    result.recorder.ok(heard - exchange.began);
            }
            if (!good || exchange.status() != 200) {
                if (++failures > kFailuresMax)
                    return unavailable(plan.address + ": " + std::to_string(failures) +
                                       " requests failed, the last with " +
                                       (good ? statusReason(exchange.status()) : "a lost connection"));
            }
            if (!good) {
                exchange.close();
                if (auto opened = exchange.open(plan.address, epoll.get(), index); !opened.ok()) return opened.status();
                exchange.begin(plan.request);
                continue;
            }
            exchange.begin(plan.request);
            if (!exchange.send(epoll.get(), index)) exchange.close();
        }
    }
    if (atEnd) atEnd();
    result.seconds = std::chrono::duration<double>(plan.span).count();
    return result;
}

StatusOr<StreamResult> runStreams(const StreamLoad& plan, const std::function<void(unsigned open)>& watch)
{
    const FileDescriptor epoll(::epoll_create1(EPOLL_CLOEXEC));
    StreamResult result;
    std::vector<std::unique_ptr<Stream>> streams(plan.streams);
    std::vector<char> buffer(kReadAtOnce);
    std::array<epoll_event, 256> events{};
    const TimePoint start = now(), end = start + plan.most;
    TimePoint nextWatch = start;
    unsigned begun = 0, open = 0;
    const auto dueAt = [&](unsigned index) { return start + plan.openWithin * index / plan.streams; };
    const auto finish = [&](std::size_t index, const std::string& why) {
        --open;
        if (why.empty())
            result.recorder.ok(now() - streams[index]->began);
        else
            result.recorder.error(why);
        streams[index].reset();
    };
    while (begun < plan.streams || open > 0) {
        TimePoint at = now();
        if (at > end) break;
        for (; begun < plan.streams && dueAt(begun) <= at; ++begun) {
            auto& stream = streams[begun] = std::make_unique<Stream>(result);
            if (auto opened = stream->open(plan.address, epoll.get(), begun); !opened.ok()) return opened.status();
            stream->begin(plan.request);
            stream->began = dueAt(begun);  // what it waits for us counts too
            ++open;
        }
        if (watch && at >= nextWatch) {
            watch(open);
            nextWatch = at + kWatchEvery;
        }
        const auto until = begun < plan.streams ? std::min(dueAt(begun), nextWatch) : nextWatch;
        const int wait = static_cast<int>(std::clamp(toMs(until - at), 0.0, 100.0));
        const int count = ::epoll_wait(epoll.get(), events.data(), static_cast<int>(events.size()), wait);
        for (int i = 0; i < count; ++i) {
            const auto index = static_cast<std::size_t>(events[static_cast<std::size_t>(i)].data.u64);
            const auto what = events[static_cast<std::size_t>(i)].events;
            auto& stream = streams[index];
            if (!stream) continue;
            Exchange& exchange = *stream;
            if ((what & EPOLLOUT) != 0 && !exchange.send(epoll.get(), index)) {
                finish(index, "connection lost");
                continue;
            }
            if ((what & (EPOLLIN | EPOLLHUP | EPOLLERR)) == 0) continue;
            const bool good = exchange.receive(buffer);
            if (!good)
                finish(index, exchange.done() ? "" : "connection lost");
            else if (exchange.done())
                finish(index, exchange.status() == 200 ? "" : statusReason(exchange.status()));
        }
    }
    for (std::size_t index = 0; index < streams.size(); ++index)
        if (streams[index]) finish(index, "not done in time");
    return result;
}

std::string postRequest(const std::string& address, const std::string& target, const std::string& body)
{
    return requestHead("POST", target, address, body.size(), {{"Content-Type", "application/json"}}) + body;
}

}  // namespace millrace::bench
