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

/// Says to everybody who works for a request that nobody waits for it any more.
///
/// Owner: whoever can lose interest (a client's session) holds the CancelSource and hands CancelTokens down.
/// Thread: one strand. Callbacks run inside cancel(); keep them short.
class CancelToken {
public:
    /// Runs while it lives; forgetting it takes the callback back in O(1).
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
    /// Why, for the event log; Cancelled with the reason once cancelled, OK before.
    Status status() const;
    /// `callback` runs once, at cancel() or, when that has been, at once.
    [[nodiscard]] Registration onCancel(std::function<void()> callback) const;

private:
    friend class CancelSource;
    std::shared_ptr<CancelState> state_;
};

class CancelSource {
public:
    CancelSource() : state_(std::make_shared<CancelState>()) {}
    /// With a state that is part of something larger.
    explicit CancelSource(std::shared_ptr<CancelState> state) : state_(std::move(state)) {}
    CancelToken token() const
    {
        CancelToken token;
        token.state_ = state_;
        return token;
    }
    void cancel(const std::string& reason) const
    {
        auto state = state_;
        if (state->cancelled) return;
        state->cancelled = true;
        state->reason = reason;
        // A callback may forget any registration, its own too, whose callback must then not run: take one at a time.
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
