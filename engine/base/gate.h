// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/one_shot.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <utility>

namespace millrace {

/// Counts a module's work in flight, so that the module can stop accepting work and then wait until none is left.
///
///     net::awaitable<void> serve(Request request)         // for each piece of work
///     {
///         const auto pass = gate_.enter();
///         if (!pass) co_return;                           // stopping
///         …
///     }
///     gate_.close();                                      // the owner, once
///     co_await gate_.emptied();
///
/// Thread: the module's strand. Lifetime: REQUIRES: outlives its passes.
/// Not here: ending the work that is in flight (CancelSource); a deadline for it.
class Gate {
public:
    /// Counts as one unit of work until destroyed; false: empty. Move-only.
    class Pass {
    public:
        Pass() = default;
        Pass(Pass&& other) noexcept : gate_(std::exchange(other.gate_, nullptr)) {}
        Pass& operator=(Pass&& other) noexcept
        {
            if (this != &other) {
                leave();
                gate_ = std::exchange(other.gate_, nullptr);
            }
            return *this;
        }
        ~Pass() { leave(); }
        explicit operator bool() const { return gate_ != nullptr; }

    private:
        friend class Gate;
        void leave()
        {
            if (Gate* gate = std::exchange(gate_, nullptr)) gate->leave();
        }
        Gate* gate_ = nullptr;
    };

    /// An empty pass after close(): the caller must not begin.
    [[nodiscard]] Pass enter()
    {
        Pass pass;
        if (closed_) return pass;
        ++inside_;
        pass.gate_ = this;
        return pass;
    }
    bool closed() const { return closed_; }
    std::size_t inside() const { return inside_; }
    /// From now on enter() returns empty passes.
    void close()
    {
        closed_ = true;
        if (inside_ == 0) empty_.set(true);
    }
    /// Resumes when no pass is left. REQUIRES: close() was called, otherwise it never resumes; one waiter at a time.
    boost::asio::awaitable<void> emptied()
    {
        auto empty = empty_;
        co_await empty.wait();
    }

private:
    void leave()
    {
        if (--inside_ == 0 && closed_) empty_.set(true);
    }

    bool closed_ = false;
    std::size_t inside_ = 0;
    OneShot<bool> empty_;
};

}  // namespace millrace
