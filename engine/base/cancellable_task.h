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

/// A coroutine that whoever holds this may cancel, in whatever it waits for.
///
/// Asio keeps the state of a coroutine's cancellation in the memory of the signal and looks at it once more after the
/// coroutine has returned: a signal that was a member of what the coroutine used, or one of its arguments, is gone by
/// then. Here the signal belongs to the completion, which is the last thing to happen; tst_map sees to it that nobody
/// holds one of his own.
///
/// Thread: the strand. Stop: may be destroyed at any time, from within the coroutine too; the coroutine then goes on
/// and nobody can cancel it.
class CancellableTask {
public:
    /// Starts `task` within this call, up to its first wait, and calls `done` with what co_spawn() gives a completion
    /// when it has ended. What was started before goes on without anybody who could cancel it.
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

    /// The same, for a task that says by itself how it ended.
    void start(const Strand& strand, boost::asio::awaitable<void> task)
    {
        start(strand, std::move(task), [](const std::exception_ptr&) {});
    }

    /// What the task waits for ends with operation_aborted. Nothing when it has ended or was never started.
    void cancel() const
    {
        if (const auto signal = signal_) signal->emit(boost::asio::cancellation_type::terminal);
    }

private:
    std::shared_ptr<boost::asio::cancellation_signal> signal_;
};

}  // namespace millrace
