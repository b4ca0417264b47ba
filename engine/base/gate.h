// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/one_shot.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <utility>

namespace millrace {

/// Counts what a module has in flight, so that it can be stopped without anything left behind.
/// Thread: the module's strand.
class Gate {
public:
    /// Counts as one while it lives.
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

    /// An empty pass once close() was called.
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
    /// Lets nothing in from now on.
    void close()
    {
        closed_ = true;
        if (inside_ == 0) empty_.set(true);
    }
    /// Ends when everything has left; call close() first. One waiter.
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
