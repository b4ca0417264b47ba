// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/notifier.h"
#include "base/on_strand.h"
#include "pool/ledger.h"

#include <optional>
#include <unordered_map>

namespace millrace::pool {

/// A granted connection, or a call's place on one.
struct Granted {
    ConnectionId connection;
    bool reused = false;
};

/// The coroutines waiting for a connection: delivers the ledger's decisions to them.
///
///     Waiters::Wait wait(waiters, id, cancel);                 // in the coroutine's frame
///     while (!wait.over()) co_await wait.signal().wait();
///
/// Owner:  PoolBase.   Thread: the strand.   Bound: the ledger's waitersMax.
class Waiters {
public:
    class Owner {
    public:
        /// The waiter was cancelled. False: it was granted or refused already, and that decision is being delivered.
        virtual bool cancelWaiter(WaiterId id) = 0;

    protected:
        ~Owner() = default;
    };
    /// One waiter. Lives in its coroutine's frame, and unregisters itself when that is destroyed.
    class Wait;

    Waiters(Strand strand, Owner& owner) : strand_(strand), owner_(owner) {}

    /// False: its coroutine was destroyed, and the connection is unused.
    bool grant(WaiterId id, Granted granted);
    void refuse(WaiterId id, Refusal refusal);

private:
    const Strand strand_;
    Owner& owner_;
    std::unordered_map<WaiterId, Wait*> waits_;
};

class Waiters::Wait {
public:
    Wait(Waiters& all, WaiterId id, const CancelToken& cancel);
    ~Wait() { all_.waits_.erase(id_); }
    Wait(const Wait&) = delete;
    Wait& operator=(const Wait&) = delete;

    bool over() const { return granted_ || refused_ || cancelled_; }
    Notifier& signal() { return signal_; }  ///< wakes when over()
    const std::optional<Granted>& granted() const { return granted_; }
    const std::optional<Refusal>& refused() const { return refused_; }  ///< neither: it was cancelled

private:
    friend class Waiters;

    Waiters& all_;
    const WaiterId id_;
    Notifier signal_;
    std::optional<Granted> granted_;
    std::optional<Refusal> refused_;
    bool cancelled_ = false;
    CancelToken::Registration registration_;
};

}  // namespace millrace::pool
