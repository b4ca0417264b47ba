// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "serve/gateway.h"
#include "telemetry/memory_trim.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>

namespace millrace {

/// Gives memory back to the system once the engine is idle after a peak. The records of requests are made anew first,
/// in separate memory, so that they hold no pages of the peak; see engine/docs/adr/0011.
///
/// Owner: Engine. Thread: the strand. Bound: a hundred records at a time, then others get their turn.
/// Stop: the work it has begun goes with the loop.
class IdleMemory {
public:
    /// All of it outlives this.
    IdleMemory(Strand strand, Clock& clock, const Registry& registry, serve::Gateway& gateway)
        : strand_(strand), clock_(clock), registry_(registry), gateway_(gateway)
    {}

    /// To be called once a second. `busy`: something is in flight, or somebody watches.
    void look(bool busy);

private:
    boost::asio::awaitable<void> release();

    Strand strand_;
    Clock& clock_;
    const Registry& registry_;
    serve::Gateway& gateway_;
    telemetry::MemoryTrim trim_;
    std::uint64_t renewed_ = 0;  // records before this position lie in lasting memory
};

}  // namespace millrace
