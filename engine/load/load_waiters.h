// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/on_strand.h"
#include "base/one_shot.h"
#include "load/load_effects.h"

#include <boost/asio/post.hpp>

#include <functional>
#include <string>
#include <unordered_map>
#include <utility>

namespace millrace::load {

/// The waiters for a Complete: coroutines with a OneShot, or functions that are posted.
///
///     const WaiterId waiter = waiters.add(answered);
///     if (!scheduler.ask(entry, waiter, ask, now).ok()) waiters.remove(waiter);
///     Answer answer = co_await answered.wait();
///
/// Owner: Loader. Thread: the strand. Bound: LoadScheduler's waiters.
class LoadWaiters {
public:
    struct Answer {
        Status status;
        std::string decisions;
        Duration loading{};  ///< of the wait: while the backend was loading
    };
    using Done = std::function<void(Status)>;

    explicit LoadWaiters(Strand strand) : strand_(std::move(strand)) {}

    WaiterId add(const OneShot<Answer>& answered)
    {
        const WaiterId waiter = ids_.next();
        answers_[waiter] = answered;
        return waiter;
    }
    /// `done` may be empty: the result is dropped.
    WaiterId add(Done done)
    {
        const WaiterId waiter = ids_.next();
        if (done) callbacks_[waiter] = std::move(done);
        return waiter;
    }
    /// The request was refused, and the caller answers it.
    void remove(WaiterId waiter)
    {
        answers_.erase(waiter);
        callbacks_.erase(waiter);
    }
    void complete(Complete& complete)
    {
        if (auto answer = answers_.extract(complete.waiter)) {
            answer.mapped().set(Answer{std::move(complete.status), std::move(complete.decisions), complete.loading});
        } else if (auto callback = callbacks_.extract(complete.waiter)) {
            post(std::move(callback.mapped()), std::move(complete.status));
        }
    }
    void post(Done done, Status status)
    {
        if (!done) return;
        net::post(strand_, [done = std::move(done), status = std::move(status)] { done(status); });
    }

private:
    Strand strand_;
    IdSource<WaiterId> ids_;
    std::unordered_map<WaiterId, OneShot<Answer>> answers_;
    std::unordered_map<WaiterId, Done> callbacks_;
};

}  // namespace millrace::load
