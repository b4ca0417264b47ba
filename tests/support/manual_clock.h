// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.h"
#include "base/clock.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <memory>
#include <optional>
#include <type_traits>
#include <utility>

namespace millrace::testing {

/// Runs whatever is ready, until nothing is.
inline void poll(net::io_context& io)
{
    io.restart();
    io.poll();
}

/// Time that moves only when told. advance() wakes the sleepers that are due, in order, each at its own moment, and
/// runs the loop until idle after each: that nothing happened is then a fact.
///
/// Thread: that of `io`, from outside of its handlers. Declare it after the io_context.
class ManualClock final : public Clock {
public:
    explicit ManualClock(net::io_context& io, TimePoint start = TimePoint{} + 1h,
                         std::int64_t startUnixMs = 1'700'000'000'000)
        : io_(io), start_(start), now_(start), startUnixMs_(startUnixMs)
    {}

    using Clock::unixMs;
    TimePoint now() const override { return now_; }
    std::int64_t unixMs() const override
    {
        return startUnixMs_ + std::chrono::duration_cast<std::chrono::milliseconds>(now_ - start_).count();
    }

    net::awaitable<void> sleepUntil(TimePoint when) override
    {
        if (when <= now_) co_return;
        const auto executor = co_await net::this_coro::executor;
        auto parked = std::make_shared<net::steady_timer>(executor, net::steady_timer::time_point::max());
        sleepers_.emplace(when, parked);  // ties wake in arrival order
        boost::system::error_code ec;
        co_await parked->async_wait(net::redirect_error(net::use_awaitable, ec));
        if (now_ >= when) co_return;
        const auto [first, last] = sleepers_.equal_range(when);
        for (auto it = first; it != last; ++it) {
            if (it->second != parked) continue;
            sleepers_.erase(it);
            break;
        }
        throw boost::system::system_error(net::error::operation_aborted);  // really cancelled
    }

    void advance(Duration span)
    {
        const TimePoint target = now_ + span;
        poll(io_);
        while (!sleepers_.empty() && sleepers_.begin()->first <= target) {
            const auto next = sleepers_.begin();
            now_ = std::max(now_, next->first);
            const auto parked = next->second;
            sleepers_.erase(next);
            parked->cancel();
            poll(io_);
        }
        now_ = target;
        poll(io_);
    }

    /// Time passes while the loop gets no turn, as when it is late.
    void jump(Duration span) { now_ += span; }

    std::size_t sleepers() const { return sleepers_.size(); }

private:
    net::io_context& io_;
    const TimePoint start_;
    TimePoint now_;
    const std::int64_t startUnixMs_;
    std::multimap<TimePoint, std::shared_ptr<net::steady_timer>> sleepers_;
};

/// A coroutine that was started; done() tells whether it has ended. An exception is rethrown by take().
template <typename T>
class Running {
public:
    bool done() const { return state_->value.has_value() || state_->error; }
    T take()
    {
        if (state_->error) std::rethrow_exception(state_->error);
        MR_CHECK_MSG(state_->value.has_value(), "the coroutine has not ended");
        return std::move(*state_->value);
    }

private:
    template <typename U>
    friend Running<U> start(net::io_context& io, net::awaitable<U> work);
    struct State {
        std::optional<T> value;
        std::exception_ptr error;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

template <>
class Running<void> {
public:
    bool done() const { return state_->ended; }
    void take()
    {
        MR_CHECK_MSG(state_->ended, "the coroutine has not ended");
        if (state_->error) std::rethrow_exception(state_->error);
    }

private:
    template <typename U>
    friend Running<U> start(net::io_context& io, net::awaitable<U> work);
    struct State {
        bool ended = false;
        std::exception_ptr error;
    };
    std::shared_ptr<State> state_ = std::make_shared<State>();
};

/// Starts a coroutine and runs the loop until idle.
template <typename T>
[[nodiscard]] Running<T> start(net::io_context& io, net::awaitable<T> work)
{
    Running<T> running;
    auto state = running.state_;
    if constexpr (std::is_void_v<T>) {
        net::co_spawn(io, std::move(work), [state](std::exception_ptr error) {
            state->error = error;
            state->ended = true;
        });
    } else {
        net::co_spawn(io, std::move(work), [state](std::exception_ptr error, T value) {
            if (error)
                state->error = error;
            else
                state->value.emplace(std::move(value));
        });
    }
    poll(io);
    return running;
}

/// Runs the loop until `done()` is true. For waits that depend on sockets or threads; with a ManualClock alone, what is
/// not done after start() will not be done without advance(). False: not done within `limit` of real time.
template <typename Predicate>
bool runUntil(net::io_context& io, Predicate done, std::chrono::milliseconds limit = std::chrono::seconds(20))
{
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!done()) {
        const auto left = end - std::chrono::steady_clock::now();
        if (left <= std::chrono::steady_clock::duration::zero()) return false;
        io.restart();
        const auto slice = std::min<std::chrono::steady_clock::duration>(left, std::chrono::milliseconds(50));
        auto guard = net::make_work_guard(io);
        io.run_one_for(slice);
    }
    return true;
}

/// Runs a coroutine to its end and hands back what it returned; stops the test program when it hangs.
template <typename T>
T runToEnd(net::io_context& io, net::awaitable<T> work, std::chrono::milliseconds limit = std::chrono::seconds(20))
{
    auto running = start(io, std::move(work));
    const bool ended = runUntil(
        io, [&] { return running.done(); }, limit);
    MR_CHECK_MSG(ended, "a coroutine did not end in time");
    return running.take();
}

/// Calls `work` from inside the loop, where MR_ON_STRAND holds, and runs the loop until idle.
template <typename Work>
void onStrand(net::io_context& io, Work work)
{
    net::post(io, [&work] { work(); });
    poll(io);
}

}  // namespace millrace::testing
