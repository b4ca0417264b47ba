// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>

namespace millrace::telemetry {

/// Decides when to return unused memory to the system: shortly after the start, and whenever the engine has become
/// quiet after some activity (engine/docs/adr/0011-what-an-engine-at-rest-gives-back.md).
///
///     MemoryTrim trim;                                                    // once a second:
///     if (trim.look(now, resident, requestsSoFar, inFlight > 0)) releaseUnusedMemory();
///
/// Pure. Thread: one.
class MemoryTrim {
public:
    static constexpr Duration kAfterStart = 2s;  ///< if there was no request
    static constexpr Duration kQuiet = 20s;      ///< long, so that occasional requests do not pay for it
    static constexpr Duration kSettle = 10s;     ///< memory used again within this is needed at rest
    static constexpr double kWorthBytes = 1 << 20;

    /// Called about once a second. `activity`: a number that grows with every request. True: trim now.
    bool look(TimePoint now, double residentBytes, std::uint64_t activity, bool busy);

private:
    std::optional<TimePoint> activeAt_;  // the start, then the latest activity
    std::optional<TimePoint> trimmedAt_;
    std::uint64_t activity_ = 0;
    double floor_ = 0;  // resident at rest, after the latest trim
};

/// While it exists, the calling thread allocates from a separate jemalloc arena for long-lived data, so that such data
/// does not keep pages of short-lived request memory resident. One arena per process. No effect with other allocators
/// (engine/docs/adr/0006-an-allocator-for-many-small-objects.md).
class LastingMemory {
public:
    LastingMemory();
    ~LastingMemory();
    LastingMemory(const LastingMemory&) = delete;
    LastingMemory& operator=(const LastingMemory&) = delete;

private:
    std::optional<unsigned> before_;
};

/// Prepares the calling thread for occasional long-lived allocations (samples, rows): no thread cache, and the arena of
/// LastingMemory. Until the thread ends.
void prepareRecordingThread();

/// Returns to the system what the allocator caches for the calling thread, and the pages of code and constants,
/// including libraries: most were needed only for the start, and the kernel maps them again from its page cache when
/// used. A process under a debugger keeps those, since they hold the breakpoints. Thread: any; takes less than a
/// millisecond.
void releaseUnusedMemory();

}  // namespace millrace::telemetry
