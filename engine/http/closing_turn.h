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

/// Closes sockets that nobody uses any more, a few in each turn of the loop: to close one takes the kernel some 13 us,
/// and hundreds that end together (clients that disconnect, a pool after a burst) would keep everybody waiting.
///
/// Owner:  whoever keeps the connections.   Thread: the strand.   Bound: kAtOnce in a turn; queued ones are still
/// connections, and bounded as those are.   Stop: whatever is queued is closed with the loop's next turns, whoever owns
/// this or not; what it captured goes with the loop.
class ClosingTurn {
public:
    static constexpr std::size_t kAtOnce = 16;

    explicit ClosingTurn(const Strand& strand) : state_(std::make_shared<State>(strand)) {}

    /// `close` keeps the connection; it is called now, or in one of the next turns.
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
        std::size_t left = kAtOnce;  // of this turn
        bool posted = false;
    };
    std::shared_ptr<State> state_;
};

}  // namespace millrace::http
