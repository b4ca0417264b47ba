// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.h"
#include "base/clock.h"
#include "base/ids.h"
#include "pool/snapshot.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <list>
#include <string>
#include <unordered_map>

namespace millrace::pool {

/// The connections of a pool, indexed by state and by id, and their calls in flight. Bookkeeping only; Ledger decides.
/// Inline, since it is on the path of every request.
///
/// Owner: Ledger.   Thread: one.   REQUIRES: entries passed in are in the table.
class ConnectionTable {
public:
    struct Entry {
        ConnectionId id;
        State state = State::Connecting;
        TimePoint opened;  ///< while connecting: start of the dial
        TimePoint since;   ///< idle since
        TimePoint ageEnd;
        std::uint64_t uses = 0;
        std::uint32_t calls = 0;
        std::uint32_t callsMax = UINT32_MAX;  ///< allowed by the upstream
        CloseReason drainReason{};
    };
    using List = std::list<Entry>;
    using Place = List::iterator;

    /// Adds a connection that is being dialled.
    Place add(TimePoint now)
    {
        List& connecting = list(State::Connecting);
        connecting.emplace_front();
        const Place entry = connecting.begin();
        entry->id = ids_.next();
        entry->opened = now;
        places_.emplace(entry->id, entry);
        return entry;
    }
    /// The only place where a state changes; moves the entry to the front of its list. Aborts unless kAllowed.
    void transition(Place entry, State to)
    {
        const State from = entry->state;
        MR_CHECK_MSG(kAllowed[static_cast<std::size_t>(from)][static_cast<std::size_t>(to)],
                     std::string(stateName(from)) + " to " + std::string(stateName(to)));
        entry->state = to;
        list(to).splice(list(to).begin(), list(from), entry);
    }
    void drain(Place entry, CloseReason reason)
    {
        entry->drainReason = reason;
        transition(entry, State::Draining);
    }
    void erase(Place entry)
    {
        calls_ -= entry->calls;
        places_.erase(entry->id);
        list(entry->state).erase(entry);
    }
    void beginCall(Place entry)
    {
        ++entry->uses;
        ++entry->calls;
        ++calls_;
    }
    void endCall(Place entry)
    {
        --entry->calls;
        --calls_;
    }

    /// Null: unknown. Valid until the next change.
    Place* find(ConnectionId id)
    {
        const auto found = places_.find(id);
        return found == places_.end() ? nullptr : &found->second;
    }
    const Entry* find(ConnectionId id) const
    {
        const auto found = places_.find(id);
        return found == places_.end() ? nullptr : &*found->second;
    }
    List& list(State state) { return lists_[static_cast<std::size_t>(state)]; }
    const List& list(State state) const { return lists_[static_cast<std::size_t>(state)]; }
    std::uint32_t count(State state) const { return static_cast<std::uint32_t>(list(state).size()); }
    std::uint32_t open() const { return count(State::Idle) + count(State::Active) + count(State::Draining); }
    std::uint32_t total() const { return static_cast<std::uint32_t>(places_.size()); }
    std::uint64_t calls() const { return calls_; }
    /// The first violated invariant, in words; empty: none. For tests.
    std::string audit(std::uint32_t callsMax) const;

private:
    /// The transitions. A connection starts as Connecting and ends by erase().
    static constexpr bool kAllowed[kStates][kStates] = {
        // to: Connecting, Idle, Active, Draining
        {false, true, false, false},  // Connecting
        {false, false, true, false},  // Idle
        {false, true, true, true},    // Active (to itself: moved to the front)
        {false, false, false, true},  // Draining
    };

    std::array<List, kStates> lists_;
    std::unordered_map<ConnectionId, Place> places_;
    IdSource<ConnectionId> ids_;
    std::uint64_t calls_ = 0;
};

}  // namespace millrace::pool
