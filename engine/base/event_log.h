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

/// Something that happened, as the operator should see it.
struct Event {
    std::uint64_t sequence = 0;  ///< from 1, without gaps
    std::int64_t timeMs = 0;     ///< Unix
    Severity severity = Severity::Info;
    std::string kind;     ///< model_loaded, backend_down, config_applied …
    std::string subject;  ///< the model, backend or setting it is about
    Sentence text;
};

/// The newest events of the engine, in order: what the console's event list and `millracectl events` show. Not a debug
/// log: an event is rare, and worded for the operator.
///
///     eventLog.append(Severity::Warning, "backend_down", "ollama", say(Phrase::BackendIsDisabled));
///     for (const Event& event : eventLog.after(lastSeen, 100)) lastSeen = event.sequence;
///
/// Owner:  Engine.      Thread: any.
/// Bound:  `capacity` events, their texts washed; older ones are dropped (telemetry::History keeps them on disk).
class EventLog {
public:
    EventLog(const Clock& clock, std::size_t capacity) : clock_(clock), ring_(capacity) {}

    /// `subject` is washed and cut at kNameBytesMax. Calls the listener before it returns.
    [[gnu::cold]] void append(Severity severity, std::string kind, std::string subject, Sentence text);
    /// Events with a higher sequence number that are still held, oldest first; if there are more than `most`, the
    /// newest. `sequence` 0: from the beginning.
    std::vector<Event> after(std::uint64_t sequence, std::size_t most) const;
    /// Takes effect at once; the oldest events are dropped. 0 counts as 1.
    void resize(std::size_t capacity);
    /// Called for each event after it was stored, on the thread of append(), without a lock. REQUIRES: set before the
    /// first append() from another thread; it must not block.
    void onEvent(std::function<void(const Event&)> listener) { listener_ = std::move(listener); }

private:
    const Clock& clock_;
    std::function<void(const Event&)> listener_;
    mutable Mutex mutex_;  // events are rare; never taken for an ordinary request
    Ring<Event> ring_ MILLRACE_GUARDED_BY(mutex_);
    std::uint64_t sequence_ MILLRACE_GUARDED_BY(mutex_) = 0;
};

}  // namespace millrace
