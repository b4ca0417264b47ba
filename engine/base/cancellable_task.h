// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/on_strand.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>

#include <memory>
#include <utility>

namespace millrace {

/// A spawned coroutine that its owner can cancel, whatever it is waiting for.
///
///     CancellableTask reader_;
///     reader_.start(strand, readLoop(shared_from_this()));
///     …
///     reader_.cancel();                   // its pending wait ends with operation_aborted
///
/// Why not a boost::asio::cancellation_signal: Asio keeps the cancellation state in the signal's memory and reads it
/// once more after the coroutine has returned. A signal that is a member of an object the coroutine keeps alive is
/// destroyed by then. Here the completion handler owns the signal, and runs last; tst_map rejects signals held
/// elsewhere.
///
/// Thread: the strand.
/// Stop:   may be destroyed at any time, also by the coroutine itself, which then runs on and can no longer be
///         cancelled. To wait for its end, give it a Gate::Pass.
class CancellableTask {
public:
    /// Runs `task` up to its first suspension, then calls `done(std::exception_ptr, T)` (without T if that is void)
    /// when it has ended. A task started earlier keeps running, detached. REQUIRES: on the strand.
    template <typename T, typename Done>
    void start(const Strand& strand, boost::asio::awaitable<T> task, Done done)
    {
        auto signal = std::make_shared<boost::asio::cancellation_signal>();
        signal_ = signal;  // the task may cancel itself before it waits for the first time
        const auto slot = signal->slot();
        boost::asio::co_spawn(strand, std::move(task),
                              boost::asio::bind_cancellation_slot(
                                  slot, [kept = std::move(signal), done = std::move(done)](auto&&... result) mutable {
                                      done(std::forward<decltype(result)>(result)...);
                                  }));
    }

    /// For a task that reports its outcome itself: an exception that leaves it is dropped.
    void start(const Strand& strand, boost::asio::awaitable<void> task)
    {
        start(strand, std::move(task), [](const std::exception_ptr&) {});
    }

    /// Ends the task's pending wait with operation_aborted. No effect when it has ended or was never started.
    void cancel() const
    {
        if (const auto signal = signal_) signal->emit(boost::asio::cancellation_type::terminal);
    }

private:
    std::shared_ptr<boost::asio::cancellation_signal> signal_;
};

}  // namespace millrace
