// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/cancel.h"
#include "base/notifier.h"
#include "base/on_strand.h"
#include "pool/ledger.h"

#include <optional>
#include <unordered_map>

namespace millrace::pool {

/// A connection, or a place on one, that was given to somebody.
struct Granted {
    ConnectionId connection;
    bool reused = false;
};

/// The coroutines that wait for a connection: hands them what the ledger has decided.
///
/// Owner:  PoolBase.   Thread: the strand.   Bound: the ledger's waitersMax.
class Waiters {
public:
    class Owner {
    public:
        /// The waiter was cancelled. False: it is none any more, and what was decided for it is on its way.
        virtual bool cancelWaiter(WaiterId id) = 0;

    protected:
        ~Owner() = default;
    };
    /// One of them; lives in its coroutine's frame, and takes itself out when that is destroyed.
    class Wait;

    Waiters(Strand strand, Owner& owner) : strand_(strand), owner_(owner) {}

    /// False: its coroutine was destroyed without leaving, and nobody is there to use it.
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
    Notifier& signal() { return signal_; }  ///< wakes when it is
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
