// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/on_strand.h"

#include <boost/asio/post.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <utility>

namespace millrace::http {

/// Closes sockets in small batches, a few per turn of the event loop: a close() takes the kernel about 13 us, and
/// hundreds at once (clients that disconnect together, a pool after a burst) would block all other work.
///
///     turn_.close([connection] { connection->closeSocket(); });
///
/// Owner:  the owner of the connections.    Thread: the strand.
/// Bound:  kAtOnce per turn; pending ones are still connections, and bounded as those are.
/// Stop:   pending sockets are closed in later turns, even after this is destroyed, or with the loop.
class ClosingTurn {
public:
    static constexpr std::size_t kAtOnce = 16;

    explicit ClosingTurn(const Strand& strand) : state_(std::make_shared<State>(strand)) {}

    /// Calls `close` now or in a later turn. REQUIRES: it keeps its connection alive.
    template <typename Close>
    void close(Close close)
    {
        if (state_->left == 0) {
            state_->waiting.push_back(std::move(close));
        } else {
            --state_->left;
            close();
        }
        if (!state_->posted) State::goOn(state_);
    }

private:
    struct State {
        explicit State(const Strand& strandIn) : strand(strandIn) {}

        static void goOn(const std::shared_ptr<State>& state)
        {
            state->posted = true;
            boost::asio::post(state->strand, [state] { turn(state); });
        }
        static void turn(const std::shared_ptr<State>& state)
        {
            state->posted = false;
            for (state->left = kAtOnce; state->left > 0 && !state->waiting.empty(); --state->left) {
                const auto close = std::move(state->waiting.front());
                state->waiting.pop_front();
                close();
            }
            if (!state->waiting.empty()) goOn(state);
        }

        const Strand strand;
        std::deque<std::function<void()>> waiting;
        std::size_t left = kAtOnce;  // budget of this turn
        bool posted = false;
    };
    std::shared_ptr<State> state_;
};

}  // namespace millrace::http
