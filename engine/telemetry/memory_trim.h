// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>

namespace millrace::telemetry {

/// When memory that nobody uses is given back to the system: soon after the start, and whenever the engine has become
/// quiet after it did something.
///
///     MemoryTrim trim;                                                    // once a second:
///     if (trim.look(now, resident, requestsSoFar, inFlight > 0)) releaseUnusedMemory();
///
/// Pure core. Thread: one.
class MemoryTrim {
public:
    static constexpr Duration kAfterStart = 2s;  ///< without a request; the start itself is over by then
    static constexpr Duration kQuiet = 20s;      ///< so that a client that asks now and then pays nothing for it
    static constexpr Duration kSettle = 10s;     ///< what is used again within this is what an engine at rest needs
    static constexpr double kWorthBytes = 1 << 20;

    /// What there is to see at `now`; `activity`: grows with every request. True: it is time.
    bool look(TimePoint now, double residentBytes, std::uint64_t activity, bool busy);

private:
    std::optional<TimePoint> activeAt_;  // the start, then the last time something happened
    std::optional<TimePoint> trimmedAt_;
    std::uint64_t activity_ = 0;
    double floor_ = 0;  // resident at rest, after the last time
};

/// While it lives, the calling thread allocates in memory for what stays: it is kept separate from what comes and goes
/// with requests, which would leave pages behind that are used in part. There is one such memory in a process. Where
/// the allocator is not jemalloc it is as any other.
class LastingMemory {
public:
    LastingMemory();
    ~LastingMemory();
    LastingMemory(const LastingMemory&) = delete;
    LastingMemory& operator=(const LastingMemory&) = delete;

private:
    std::optional<unsigned> before_;
};

/// For a thread that allocates now and then, and keeps what it allocates (samples, rows): the allocator keeps nothing
/// for it, and what it allocates is lasting memory.
void prepareRecordingThread();

/// Gives back what the allocator keeps for the calling thread, and the pages of code and constants, of libraries too,
/// which the kernel maps again, from its cache, where they are used: most of them were needed for the start alone.
/// A process that is being debugged keeps its pages: they hold the breakpoints. Thread: any; takes under a millisecond.
void releaseUnusedMemory();

}  // namespace millrace::telemetry
