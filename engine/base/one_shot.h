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

/// What a waiter gets when nobody is left who could set its value.
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

/// A value that one coroutine waits for and another place sets, once. Copies share the same value.
///
/// Thread: set() and wait() on one strand; copies may end anywhere. Bound: one value, one waiter at a time.
/// Stop: when the last copy other than the one that waits ends without having set, the waiter continues with
/// Abandoned<T>::value(): it would wait indefinitely otherwise, and keep all that its coroutine holds. Not where that
/// copy ends on another thread, which cannot know whether the waiter's loop still exists.
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

    /// The first set counts; later ones are ignored (returns false). The waiter goes on later, by its executor.
    bool set(T value) const { return give(state_, std::move(value), false); }

    /// The same, but the waiter goes on within this call, until it waits again. For setters that have their own state
    /// in order and would otherwise tidy up first.
    bool setInline(T value) const { return give(state_, std::move(value), true); }

    /// Waits for the value and takes it. Whoever is to set it holds a copy; this object is not counted.
    boost::asio::awaitable<T> wait() const { return waitFor(state_, this); }

    /// The same where the setter uses this very object, a member.
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
            // Not inline: the setter is in the middle of changing its own state.
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
        const auto kept = state;  // a waiter that goes on may end this
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
