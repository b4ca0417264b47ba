// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/mutex.h"
#include "base/ring.h"
#include "base/sentence.h"

#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

namespace millrace {

enum class Severity { Info, Notice, Warning, Error };

/// Something that happened and that the operator may want to know of.
struct Event {
    std::uint64_t sequence = 0;
    std::int64_t timeMs = 0;  ///< Unix
    Severity severity = Severity::Info;
    std::string kind;     ///< model_loaded, backend_down, config_applied …
    std::string subject;  ///< the model, backend or setting it is about
    Sentence text;
};

/// The newest events of the engine, in order.
///
/// Bound: `capacity` events, their texts washed; older ones are dropped here (history keeps them on disk). Thread: any.
class EventLog {
public:
    EventLog(const Clock& clock, std::size_t capacity) : clock_(clock), ring_(capacity) {}

    void append(Severity severity, std::string kind, std::string subject, Sentence text);
    /// Those after `sequence` that are still held, oldest first, the newest `most` of them.
    std::vector<Event> after(std::uint64_t sequence, std::size_t most) const;
    std::uint64_t lastSequence() const;
    /// Another capacity, live; the oldest events give way.
    void resize(std::size_t capacity);
    /// Called for each event on the thread that notes it, after it was kept; set before use.
    void onEvent(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

private:
    const Clock& clock_;
    std::function<void(const Event&)> listener_;
    mutable Mutex mutex_;  // events are rare; never taken for an ordinary request
    Ring<Event> ring_ MILLRACE_GUARDED_BY(mutex_);
    std::uint64_t sequence_ MILLRACE_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace
