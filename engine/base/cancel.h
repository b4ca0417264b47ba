// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <algorithm>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <utility>

namespace millrace {

struct CancelState {
    bool cancelled = false;
    std::string reason;
    std::list<std::function<void()>> callbacks;
};

/// The receiving end of a cancellation: everything that works for a request observes one of these, and stops when
/// nobody wants the result any more.
///
///     CancelSource source;                                    // a client's session
///     const auto registration = source.token().onCancel([timer] { timer->cancel(); });
///     …
///     source.cancel("client disconnected");                   // runs the callback, before it returns
///
/// Owner:  the party that can lose interest holds the CancelSource and passes CancelTokens down. A token keeps the
///         shared state alive, not the source.
/// Thread: one strand. Callbacks run inside cancel(): keep them short. They may add and drop registrations.
/// Not here: deadlines (DeadlineTimer); stopping a coroutine from outside (CancellableTask).
class CancelToken {
public:
    /// Keeps a callback registered; the destructor removes it, in O(1). May outlive token and source.
    class Registration {
    public:
        Registration() = default;
        Registration(Registration&& other) noexcept { swap(other); }
        Registration& operator=(Registration&& other) noexcept
        {
            Registration(std::move(other)).swap(*this);
            return *this;
        }
        ~Registration()
        {
            if (auto state = state_.lock()) state->callbacks.erase(place_);
        }

    private:
        friend class CancelToken;
        void swap(Registration& other) noexcept
        {
            std::swap(state_, other.state_);
            std::swap(place_, other.place_);
        }
        std::weak_ptr<CancelState> state_;
        std::list<std::function<void()>>::iterator place_;
    };

    CancelToken() = default;  ///< never cancelled
    bool cancelled() const;
    /// Cancelled, with the reason given to cancel(); OK until then.
    Status status() const;
    /// Runs `callback` once: at cancel(), or within this call if the token is cancelled already. Never, for a default
    /// token. REQUIRES: what it captures lives as long as the registration.
    [[nodiscard]] Registration onCancel(std::function<void()> callback) const;

private:
    friend class CancelSource;
    std::shared_ptr<CancelState> state_;
};

/// The sending end. Copies share one state. Destroying it does not cancel.
class CancelSource {
public:
    CancelSource() : state_(std::make_shared<CancelState>()) {}
    /// Uses a state that is embedded in another allocation. REQUIRES: `state` is not null.
    explicit CancelSource(std::shared_ptr<CancelState> state) : state_(std::move(state)) {}
    CancelToken token() const
    {
        CancelToken token;
        token.state_ = state_;
        return token;
    }
    /// Runs all registered callbacks. `reason` is what tokens report; only the first call has an effect.
    void cancel(const std::string& reason) const
    {
        auto state = state_;
        if (state->cancelled) return;
        state->cancelled = true;
        state->reason = reason;
        // A callback may drop any registration, including its own, whose callback must then not run: search again
        // after each.
        for (;;) {
            auto& callbacks = state->callbacks;
            const auto next =
                std::find_if(callbacks.begin(), callbacks.end(), [](const auto& callback) { return !!callback; });
            if (next == callbacks.end()) return;
            const auto callback = std::exchange(*next, nullptr);
            callback();
        }
    }
    bool cancelled() const { return state_->cancelled; }

private:
    std::shared_ptr<CancelState> state_;
};

inline bool CancelToken::cancelled() const
{
    return state_ && state_->cancelled;
}

inline Status CancelToken::status() const
{
    if (!cancelled()) return absl::OkStatus();
    return millrace::cancelled(state_->reason);
}

inline CancelToken::Registration CancelToken::onCancel(std::function<void()> callback) const
{
    Registration registration;
    if (!state_) return registration;
    if (state_->cancelled) {
        callback();
        return registration;
    }
    state_->callbacks.push_back(std::move(callback));
    registration.place_ = std::prev(state_->callbacks.end());
    registration.state_ = state_;
    return registration;
}

}  // namespace millrace
