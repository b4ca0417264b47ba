// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/sentence.h"
#include "load/eviction.h"
#include "load/load_words.h"

#include <string>
#include <variant>

/// What LoadScheduler requests and reports, as plain values, which Loader, the tests and the trace replay each handle
/// differently.
namespace millrace::load {

using WaiterId = Id<struct WaiterTag>;
using UnloadId = Id<struct UnloadTag>;

/// Answered by LoadScheduler::loadEnded().
struct StartLoad {
    LoadId load;
    EntryId entry;
    TimePoint deadline;
};
/// Its end is not awaited: the StartUnload that comes with it makes the backend free its memory.
struct CancelLoad {
    LoadId load;
    EntryId entry;
    Sentence why;
};
/// Answered by LoadScheduler::unloadEnded().
struct StartUnload {
    UnloadId unload;
    EntryId entry;
    TimePoint deadline;
};
/// The one answer of a waiter.
struct Complete {
    WaiterId waiter;
    Status status;
    std::string decisions;  ///< what it waited for, as a sentence; empty if it was refused
    Duration loading{};     ///< the part of its wait in which the backend was loading
};
/// A report, for metrics and events; so are those below.
struct LoadEnded {
    EntryId entry;
    Cause cause;
    LoadOutcome outcome;
    Duration took;  ///< from the start of the load
    Sentence why;
};
struct Unloaded {
    EntryId entry;
    UnloadReason reason;
    Sentence why;
    bool wasWarm;
};
struct Judged {
    EntryId entry;
    Verdict verdict;
};
using Effect = std::variant<StartLoad, CancelLoad, StartUnload, Complete, LoadEnded, Unloaded, Judged>;

}  // namespace millrace::load
