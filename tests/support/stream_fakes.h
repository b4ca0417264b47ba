// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/one_shot.h"
#include "pool/http_message.h"
#include "stream/streamer.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// A backend's answer and a client's connection in memory, which do as told.
namespace millrace::testing {

/// Parks a coroutine until unpark(); cancelling the coroutine ends it too.
class Parking {
public:
    net::awaitable<void> park()
    {
        auto parked = std::make_shared<net::steady_timer>(co_await net::this_coro::executor,
                                                          net::steady_timer::time_point::max());
        parked_ = parked;
        boost::system::error_code ec;
        co_await parked->async_wait(net::redirect_error(net::use_awaitable, ec));
        if (parked_ == parked) parked_.reset();
    }
    void unpark()
    {
        if (const auto parked = std::exchange(parked_, nullptr)) parked->cancel();
    }
    bool parked() const { return parked_ != nullptr; }

private:
    std::shared_ptr<net::steady_timer> parked_;
};

/// An upstream: give it pieces, an end or a failure, and see what was taken, and whether it was let go.
class FakeUpstream {
public:
    FakeUpstream() = default;

    void push(std::string piece)
    {
        state_->steps.emplace_back(std::move(piece));
        state_->wake();
    }
    void end() { push({}); }
    void fail(Status why)
    {
        state_->steps.emplace_back(std::move(why));
        state_->wake();
    }
    /// Where pieces come from once those pushed are used up; an empty one ends the answer.
    void generate(std::function<std::string()> source) { state_->source = std::move(source); }
    /// A read that waits does not notice that its coroutine is cancelled.
    void beStubborn() { state_->stubborn = true; }

    std::unique_ptr<pool::HttpBody> body() { return std::make_unique<Body>(state_); }

    bool waiting() const { return state_->inRead; }
    bool released() const { return state_->destroyed; }
    bool destroyedUnderRead() const { return state_->destroyedUnderRead; }
    std::uint64_t bytesRead() const { return state_->bytesRead; }
    std::uint64_t reads() const { return state_->reads; }

private:
    struct State {
        std::deque<StatusOr<std::string>> steps;
        std::function<std::string()> source;
        bool stubborn = false;
        bool inRead = false;
        bool destroyed = false;
        bool destroyedUnderRead = false;
        std::uint64_t bytesRead = 0;
        std::uint64_t reads = 0;
        Parking parking;
        std::optional<OneShot<bool>> stubbornWait;

        void wake()
        {
            parking.unpark();
            if (stubbornWait) stubbornWait->set(true);
        }
    };

    class Body final : public pool::HttpBody {
    public:
        explicit Body(std::shared_ptr<State> state) : state_(std::move(state)) {}
        ~Body() override
        {
            state_->destroyed = true;
            state_->destroyedUnderRead |= state_->inRead;
        }
        net::awaitable<StatusOr<std::string>> read() override
        {
            const auto state = state_;
            ++state->reads;
            if (state->steps.empty() && state->source) state->steps.emplace_back(state->source());
            if (state->steps.empty()) {
                state->inRead = true;
                if (state->stubborn) {
                    state->stubbornWait.emplace();
                    const auto wait = *state->stubbornWait;
                    co_await wait.wait();
                } else {
                    co_await state->parking.park();
                }
                state->inRead = false;
                if (state->steps.empty()) co_return cancelled("the read was cancelled");
            }
            auto step = std::move(state->steps.front());
            state->steps.pop_front();
            if (step.ok()) state->bytesRead += step->size();
            co_return step;
        }

    private:
        std::shared_ptr<State> state_;
    };

    std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// A client: takes bytes at once, at a rate, or not at all.
class FakeSink final : public stream::Sink {
public:
    explicit FakeSink(Clock& clock) : clock_(clock) {}

    net::awaitable<Status> write(std::string_view bytes) override
    {
        overlapped_ |= writing_;
        writing_ = true;
        if (onWrite) onWrite();
        if (bytesPerSecond > 0) {
            const double seconds = static_cast<double>(bytes.size()) / bytesPerSecond;
            try {
                co_await clock_.sleepUntil(clock_.now() + fromMs(seconds * 1000));
            } catch (const boost::system::system_error&) {
                writing_ = false;
                co_return cancelled("the write was cancelled");
            }
        }
        if (stuck) {
            co_await parking_.park();
            if (stuck && !std::exchange(granted_, false)) {
                writing_ = false;
                co_return cancelled("the write was cancelled");
            }
        }
        writing_ = false;
        if (failAfter && taken_ + bytes.size() > *failAfter) co_return unavailable("the client disconnected");
        taken_ += bytes.size();
        crc_ = static_cast<std::uint32_t>(
            crc32_z(crc_, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<z_size_t>(bytes.size())));
        writes.push_back({clock_.now(), bytes.size()});
        if (keep) text += bytes;
        co_return absl::OkStatus();
    }
    /// Lets a stuck write go on, and the next ones too.
    void unstick()
    {
        stuck = false;
        parking_.unpark();
    }
    /// Lets a stuck write go on, this one only.
    void unstickOnce()
    {
        granted_ = parking_.parked();
        parking_.unpark();
    }

    struct Write {
        TimePoint at;
        std::size_t bytes;
    };
    double bytesPerSecond = 0;  ///< 0: at once
    bool stuck = false;
    std::optional<std::uint64_t> failAfter;
    bool keep = true;
    std::function<void()> onWrite;
    std::string text;
    std::vector<Write> writes;

    std::uint64_t taken() const { return taken_; }
    std::uint32_t crc32() const { return crc_; }
    bool writing() const { return writing_; }
    bool overlapped() const { return overlapped_; }  ///< two writes at a time, which no connection can do

private:
    Clock& clock_;
    Parking parking_;
    bool granted_ = false;
    bool writing_ = false;
    bool overlapped_ = false;
    std::uint64_t taken_ = 0;
    std::uint32_t crc_ = 0;
};

/// Unpacks gzip as a client does that reads what has arrived so far.
class GzipReader {
public:
    GzipReader() { good_ = inflateInit2(&z_, 15 + 16) == Z_OK; }
    ~GzipReader() { inflateEnd(&z_); }
    GzipReader(const GzipReader&) = delete;
    GzipReader& operator=(const GzipReader&) = delete;

    /// What can be read of it now.
    std::string feed(std::string_view packed)
    {
        std::string raw;
        z_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
        z_.avail_in = static_cast<uInt>(packed.size());
        char room[16384];
        for (;;) {
            z_.next_out = reinterpret_cast<Bytef*>(room);
            z_.avail_out = sizeof room;
            const int result = inflate(&z_, Z_SYNC_FLUSH);
            raw.append(room, sizeof room - z_.avail_out);
            if (result == Z_STREAM_END) ended_ = true;
            if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR) good_ = false;
            if (result != Z_OK || (z_.avail_in == 0 && z_.avail_out > 0)) return raw;
        }
    }
    bool good() const { return good_; }
    bool ended() const { return ended_; }  ///< with its checksum right

private:
    z_stream z_{};
    bool good_ = false;
    bool ended_ = false;
};

}  // namespace millrace::testing
