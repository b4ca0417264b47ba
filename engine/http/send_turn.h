// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/on_strand.h"

#include <boost/asio/post.hpp>

#include <memory>
#include <utility>
#include <vector>

namespace millrace::http {

/// Sends that wait for the end of the loop's turn and are then made one after the other.
///
/// Another process that sleeps is woken by each send that finds it asleep, and waking costs the sender about as much as
/// the rest of a small send. Sent one by one as requests are worked on, each finds the other process asleep again;
/// together they wake it once. What is sent first waits for the work on what came with it. (Netty does the same with
/// flushes: FlushConsolidationHandler.)
///
/// Owner: a pool.    Thread: the strand.    Bound: senders that are in flight.    Stop: with the loop; what waits is
/// dropped.
class SendTurn {
public:
    class Sender {
    public:
        /// At the end of the turn in which it was added. What it was to send may be void by now.
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
        // One that fails may lead to another being added: that one belongs to the next turn.
        Senders now = std::move(senders);
        senders.clear();
        for (const auto& sender : now) sender->sendAtEndOfTurn();
        now.clear();
        if (senders.empty()) senders.swap(now);  // keeps the memory
    }

    const Strand strand_;
    const std::shared_ptr<Senders> senders_ = std::make_shared<Senders>();
};

}  // namespace millrace::http
