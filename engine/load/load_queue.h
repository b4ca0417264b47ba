// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/eviction.h"
#include "load/types.h"

#include <cstdint>
#include <vector>

namespace millrace::load {

/// The order in which queued models are served: by priority, then rank (higher first), then first come first served.
///
///     queue.push(a, Priority::Preload, 0);
///     queue.push(b, Priority::Demand, 0);    // b, a
///     queue.push(a, Priority::Demand, 0);    // b, a: upgraded, behind its new equals
///
/// Pure core. Owner: LoadScheduler. Bound: one place per model; the owner limits how many wait.
class LoadQueue {
public:
    /// Behind its equals. One that is there already loses its place.
    void push(EntryId entry, Priority priority, int rank);
    /// Keeps the turn that it has among its equals. REQUIRES: it is there.
    void move(EntryId entry, Priority priority, int rank);
    /// No effect if it is not queued.
    void erase(EntryId entry);

    bool empty() const { return places_.empty(); }
    std::size_t size() const { return places_.size(); }
    /// REQUIRES: not empty.
    EntryId last() const { return places_.back().entry; }
    /// Number of models served before it; size() if it is not queued.
    std::size_t before(EntryId entry) const;
    /// A copy, in order, since serving changes the queue.
    std::vector<EntryId> entries() const;

private:
    struct Place {
        EntryId entry;
        Priority priority;
        int rank;
        std::uint64_t turn;
    };
    void insert(const Place& place);

    std::vector<Place> places_;
    std::uint64_t turns_ = 0;
};

}  // namespace millrace::load
