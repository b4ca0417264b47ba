// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.h"
#include "base/error.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

namespace millrace {

/// The value a waiter gets when every setter was destroyed without setting one.
template <typename T>
struct Abandoned {
    static T value() { return T{}; }
};
template <>
struct Abandoned<Status> {
    static Status value() { return internal("an answer that was waited for was given up"); }
};
template <typename T>
struct Abandoned<StatusOr<T>> {
    static StatusOr<T> value() { return Abandoned<Status>::value(); }
};

/// A promise and future for coroutines: one waits for a value, something else sets it, once. Copies share the value.
///
///     OneShot<StatusOr<Answer>> done;
///     startWork([done](StatusOr<Answer> answer) { done.set(std::move(answer)); });     // the callback holds a copy
///     const auto answer = co_await done.wait();
///
/// Thread: set() and wait() on one strand; copies may be destroyed on any thread.
/// Bound:  one waiter at a time; otherwise aborts.
/// Stop:   when the last copy other than the waiting one is destroyed without a set(), the waiter resumes with
///         Abandoned<T>::value(); otherwise it would wait indefinitely and keep its coroutine's memory. Exception: a
///         copy destroyed on another thread does not resume it, since the waiter's loop may no longer exist.
/// Not here: repeated notifications (Notifier).
template <typename T>
class OneShot {
public:
    OneShot() : state_(std::make_shared<State>()) {}
    OneShot(const OneShot& other) : state_(other.state_) { state_->handles.fetch_add(1, std::memory_order_relaxed); }
    OneShot(OneShot&& other) noexcept { take(other); }
    OneShot& operator=(OneShot other) noexcept
    {
        drop();
        take(other);
        return *this;
    }
    ~OneShot() { drop(); }

    bool ready() const { return state_->value.has_value(); }

    /// Sets the value; the waiter resumes later, posted to its executor. False: it was set before, and this is ignored.
    bool set(T value) const { return give(state_, std::move(value), false); }

    /// The same, but the waiter runs within this call until it suspends again. REQUIRES: the caller's state is
    /// consistent at this point, and may change during the call.
    bool setInline(T value) const { return give(state_, std::move(value), true); }

    /// Waits for the value and moves it out. REQUIRES: the setter holds a separate copy: this object does not count
    /// as one, and without any the wait ends at once with Abandoned<T>::value().
    boost::asio::awaitable<T> wait() const { return waitFor(state_, this); }

    /// The same, where the setter uses this very object (a member) instead of a copy.
    boost::asio::awaitable<T> waitForOwner() const { return waitFor(state_, nullptr); }

private:
    struct Waiter {
        virtual ~Waiter() = default;
        virtual void resume(T value, bool now) = 0;
    };
    struct State {
        std::atomic<int> handles{1};
        std::atomic<const void*> waitingOn{nullptr};  // the handle through which the waiter waits: it sets nothing
        std::atomic<std::thread::id> waitingIn{};     // none: nobody waits
        bool done = false;
        std::optional<T> value;
        std::unique_ptr<Waiter> waiter;
    };
    template <typename Handler>
    struct WaiterOf final : Waiter {
        explicit WaiterOf(Handler handlerIn) : handler(std::move(handlerIn)) {}
        void resume(T value, bool now) override
        {
            if (now) {
                std::move(handler)(std::move(value));
                return;
            }
            // Posted, not inline: the setter may be in the middle of changing its own state.
            auto executor = boost::asio::get_associated_executor(handler);
            boost::asio::post(executor, [taken = std::move(handler), kept = std::move(value)]() mutable {
                std::move(taken)(std::move(kept));
            });
        }
        Handler handler;
    };
    struct Initiate {
        explicit Initiate(std::shared_ptr<State> stateIn) : state(std::move(stateIn)) {}
        template <typename Handler>
        void operator()(Handler&& handler) const
        {
            MR_CHECK(!state->waiter);
            state->waiter = std::make_unique<WaiterOf<std::decay_t<Handler>>>(std::forward<Handler>(handler));
        }
        std::shared_ptr<State> state;
    };

    static boost::asio::awaitable<T> waitFor(std::shared_ptr<State> state, const void* through)
    {
        if (state->value) co_return std::move(*state->value);
        if (through && state->handles.load(std::memory_order_acquire) == 1) co_return Abandoned<T>::value();
        state->waitingOn.store(through, std::memory_order_relaxed);
        state->waitingIn.store(std::this_thread::get_id(), std::memory_order_relaxed);
        Initiate initiate(state);
        co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
            initiate, boost::asio::use_awaitable);
    }

    void take(OneShot& other) noexcept
    {
        state_ = std::move(other.state_);
        const void* before = &other;
        if (state_) state_->waitingOn.compare_exchange_strong(before, this, std::memory_order_relaxed);
    }

    void drop() noexcept
    {
        if (!state_) return;
        const void* self = this;
        state_->waitingOn.compare_exchange_strong(self, nullptr, std::memory_order_relaxed);
        const int left = state_->handles.fetch_sub(1, std::memory_order_acq_rel) - 1;
        if (left > 1 || state_->waitingIn.load(std::memory_order_relaxed) != std::this_thread::get_id()) return;
        if (state_->done || !state_->waiter) return;
        if (left == 0 || state_->waitingOn.load(std::memory_order_relaxed)) give(state_, Abandoned<T>::value(), false);
    }

    static bool give(const std::shared_ptr<State>& state, T value, bool now)
    {
        if (state->done) return false;
        state->done = true;
        const auto kept = state;  // the resumed waiter may destroy this
        kept->value.emplace(std::move(value));
        if (kept->waiter) {
            const auto waiter = std::move(kept->waiter);
            waiter->resume(std::move(*kept->value), now);
        }
        return true;
    }

    std::shared_ptr<State> state_;
};

}  // namespace millrace
