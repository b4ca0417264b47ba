// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.h"

#include <boost/asio/async_result.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <cstddef>
#include <new>
#include <type_traits>
#include <utility>

namespace millrace {

/// Wakes the one coroutine that waits, again and again, without allocating: the way of every exchange.
/// A wake-up without a waiter is lost; look at the state first, then wait.
///
/// Thread: one. Stop: destroying a signal that is waited for destroys the waiter.
class Notifier {
public:
    Notifier() = default;
    Notifier(const Notifier&) = delete;
    Notifier& operator=(const Notifier&) = delete;
    ~Notifier() { drop(); }

    bool waiting() const { return waiter_ != nullptr; }
    boost::asio::awaitable<void> wait()
    {
        Initiate initiate{this};
        return boost::asio::async_initiate<const boost::asio::use_awaitable_t<>, void()>(initiate,
                                                                                         boost::asio::use_awaitable);
    }
    /// Resumes within the call: only as the last thing an I/O handler does.
    void wakeNow()
    {
        if (waiter_) std::exchange(waiter_, nullptr)(*this, Order::Run);
    }
    /// Destroys the waiter with its coroutine: for what it holds, when it waits for what cannot come any more.
    void drop()
    {
        if (waiter_) std::exchange(waiter_, nullptr)(*this, Order::Drop);
    }
    /// Resumes from the loop.
    template <typename Executor>
    void wakeLater(const Executor& executor)
    {
        if (!waiter_) return;
        executor_ = executor;
        std::exchange(waiter_, nullptr)(*this, Order::Post);
    }

private:
    enum class Order { Run, Post, Drop };
    static constexpr std::size_t kCapacity = 64;

    struct Initiate {
        template <typename Handler>
        void operator()(Handler&& handler) const
        {
            signal->store(std::forward<Handler>(handler));
        }
        Notifier* signal;
    };

    template <typename Waiter>
    void store(Waiter&& waiter)
    {
        using Handler = std::decay_t<Waiter>;
        static_assert(sizeof(Handler) <= kCapacity && alignof(Handler) <= alignof(std::max_align_t));
        MR_CHECK(!waiter_);
        new (storage_) Handler(std::forward<Waiter>(waiter));
        waiter_ = [](Notifier& signal, Order order) {
            auto* stored = std::launder(reinterpret_cast<Handler*>(signal.storage_));
            Handler handler(std::move(*stored));
            stored->~Handler();
            if (order == Order::Run)
                std::move(handler)();
            else if (order == Order::Post)
                boost::asio::post(signal.executor_, [taken = std::move(handler)]() mutable { std::move(taken)(); });
        };
    }

    void (*waiter_)(Notifier&, Order) = nullptr;
    boost::asio::any_io_executor executor_;
    alignas(std::max_align_t) std::byte storage_[kCapacity];
};

}  // namespace millrace
