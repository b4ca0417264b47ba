// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/event_log.h"
#include "base/file_health.h"
#include "base/metrics.h"
#include "load/load_core.h"
#include "load/state_file.h"

#include <memory>
#include <optional>
#include <string>

namespace millrace::load {

/// Decides when what was learned is written to disk; sets a file aside that cannot be read, with an event.
///
/// Owner: Loader. Thread: the strand; StateFile's thread writes. `path` empty: nothing is kept, all calls do nothing.
/// Errors: a failed write is an event and a metric (FileHealth), and is tried again.
/// Stop: close() writes the last state, and ends once it is on disk.
class LearnedState {
public:
    /// How often what was learned from requests is written; what cannot soon be learned again is written sooner.
    static constexpr Duration kSaveEvery = 10s, kSaveSoon = 1s;

    LearnedState(std::string path, Registry& registry, EventLog& eventLog);

    /// The saved state; empty: none, or unreadable.
    std::optional<LoadState> restore();
    /// Something was learned from a request: saved within kSaveEvery. True: saveAt() is another one than before.
    bool learned(TimePoint now)
    {
        if (!file_ || saveAt_) return false;
        saveAt_ = now + kSaveEvery;
        return true;
    }
    /// By the operator, or at the cost of a load: saved within kSaveSoon.
    void decided(TimePoint now)
    {
        if (file_ && (!saveAt_ || *saveAt_ > now + kSaveSoon)) saveAt_ = now + kSaveSoon;
    }
    /// When save() is due; empty: not before something is learned.
    std::optional<TimePoint> saveAt() const { return saveAt_; }
    /// Writes when it is time.
    void save(const LoadCore& core, TimePoint now);
    void close(const LoadCore& core);

private:
    EventLog& eventLog_;
    std::optional<TimePoint> saveAt_;
    std::unique_ptr<FileHealth> health_;
    std::unique_ptr<StateFile> file_;  // last: its destructor waits for the disk
};

}  // namespace millrace::load
