// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.h"

#include <boost/asio/associated_executor.hpp>
#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace millrace {

/// A value that one coroutine waits for and another place sets, once. Copies share the same value.
///
/// Thread: set() and wait() on one strand. Bound: one value, one waiter at a time.
/// Stop: the setter must set; an OneShot that is never set keeps its waiter for ever.
template <typename T>
class OneShot {
public:
    OneShot() : state_(std::make_shared<State>()) {}

    bool ready() const { return state_->value.has_value(); }

    /// The first set counts; later ones are ignored (returns false). The waiter goes on later, by its executor.
    bool set(T value) const { return give(std::move(value), false); }

    /// The same, but the waiter goes on within this call, until it waits again. For setters that have their own state
    /// in order and would otherwise tidy up first.
    bool setNow(T value) const { return give(std::move(value), true); }

    /// Waits for the value and takes it.
    boost::asio::awaitable<T> wait() const
    {
        auto state = state_;
        if (state->value) co_return std::move(*state->value);
        Initiate initiate(state);
        co_return co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void(T)>(
            initiate, boost::asio::use_awaitable);
    }

private:
    struct Waiter {
        virtual ~Waiter() = default;
        virtual void resume(T value, bool now) = 0;
    };
    struct State {
        bool done = false;
        std::optional<T> value;
        std::unique_ptr<Waiter> waiter;
    };
    template <typename Handler>
    struct WaiterOf final : Waiter {
        explicit WaiterOf(Handler given) : handler(std::move(given)) {}
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
        explicit Initiate(std::shared_ptr<State> given) : state(std::move(given)) {}
        template <typename Handler>
        void operator()(Handler&& handler) const
        {
            MR_CHECK(!state->waiter);
            state->waiter = std::make_unique<WaiterOf<std::decay_t<Handler>>>(std::forward<Handler>(handler));
        }
        std::shared_ptr<State> state;
    };

    bool give(T value, bool now) const
    {
        if (state_->done) return false;
        state_->done = true;
        const auto kept = state_;  // a waiter that goes on may end this
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
