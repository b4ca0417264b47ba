// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/on_strand.h"

#include <boost/asio/post.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace millrace::http {

/// Defers sends to the end of the event loop's turn, and makes them one after the other.
///
/// A send to a process that sleeps has to wake it, which costs the sender about as much as the rest of a small send.
/// Sent one by one between other work, each send finds the peer asleep again; sent together, they wake it once. The
/// price is latency: the first waits for the work of the turn. (Compare Netty's FlushConsolidationHandler. Measured:
/// engine/docs/adr/0013-requests-of-a-turn-leave-together.md.)
///
///     class Exchange : public SendTurn::Sender, public std::enable_shared_from_this<Exchange> { … };
///     turn.add(exchange);                                      // exchange->sendAtEndOfTurn() later in this turn
///
/// Owner:  a pool.    Thread: the strand.    Bound: the exchanges in flight.
/// Stop:   with the loop; pending senders are dropped.
class SendTurn {
public:
    class Sender {
    public:
        /// Called once, at the end of the turn in which it was added. The exchange may have been cancelled since.
        virtual void sendAtEndOfTurn() = 0;

    protected:
        ~Sender() = default;
    };

    explicit SendTurn(Strand strand) : strand_(std::move(strand)) {}

    void add(std::shared_ptr<Sender> sender)
    {
        if (senders_->empty()) boost::asio::post(strand_, [senders = senders_] { send(*senders); });
        senders_->push_back(std::move(sender));
    }

private:
    using Senders = std::vector<std::shared_ptr<Sender>>;

    static void send(Senders& senders)
    {
        const LoopTime event;
        // A failure may add another sender: that one belongs to the next turn.
        Senders now = std::move(senders);
        senders.clear();
        for (const auto& sender : now) sender->sendAtEndOfTurn();
        now.clear();
        if (senders.empty()) senders.swap(now);  // reuses the memory
    }

    const Strand strand_;
    const std::shared_ptr<Senders> senders_ = std::make_shared<Senders>();
};

}  // namespace millrace::http
