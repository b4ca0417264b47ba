// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/on_strand.h"
#include "pool/http_connection.h"

#include <boost/asio/post.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <utility>

namespace millrace::pool {

/// Closes unused connections, a few in each turn of the loop: closing a socket takes the kernel some 13 us, and
/// hundreds of them after a burst would stall the loop.
///
/// Owner: HttpPoolCore.   Thread: the strand.   Bound: kAtOnce in a turn; the queue is bounded by the ledger,
/// which has counted them as closed already.   Stop: what waits is closed with the loop's next turns, whoever owns this
/// or not.
class ClosingConnections {
public:
    static constexpr std::size_t kAtOnce = 16;
    using Connection = std::shared_ptr<HttpConnection>;

    explicit ClosingConnections(const Strand& strand) : state_(std::make_shared<State>(strand)) {}

    void close(Connection connection)
    {
        if (state_->left == 0) {
            state_->waiting.push_back(std::move(connection));
        } else {
            --state_->left;
            connection->close();
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
                state->waiting.front()->close();
                state->waiting.pop_front();
            }
            if (!state->waiting.empty()) goOn(state);
        }

        const Strand strand;
        std::deque<Connection> waiting;
        std::size_t left = kAtOnce;  // of this turn
        bool posted = false;
    };
    std::shared_ptr<State> state_;
};

}  // namespace millrace::pool
