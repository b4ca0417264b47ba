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

/// Suspends one coroutine until it is notified; reusable, and never allocates, since every exchange waits on one. It
/// keeps no state: a notification without a waiter is lost, so test the condition before each wait.
///
///     while (!answer_) co_await changed_.wait();      // the waiter
///
///     answer_ = std::move(answer);                    // the notifier
///     changed_.wakeLater(strand_);
///
/// Thread: one. One waiter at a time; otherwise aborts.
/// Stop:   the destructor destroys the waiting coroutine.
/// Not here: a value that is set once, also from another thread (OneShot).
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
    /// Resumes the waiter within this call, which may destroy the notifier. REQUIRES: the caller's state is consistent
    /// and not touched afterwards: the last statement of an I/O handler.
    void wakeNow()
    {
        if (waiter_) std::exchange(waiter_, nullptr)(*this, Order::Run);
    }
    /// Destroys the waiting coroutine, and with it what that holds: for a wait that cannot end any more.
    void drop()
    {
        if (waiter_) std::exchange(waiter_, nullptr)(*this, Order::Drop);
    }
    /// Resumes the waiter from the event loop.
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
