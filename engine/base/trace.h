// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/decision.h"
#include "base/ids.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace millrace {

/// Where a request is on its way. Each moment of its life belongs to exactly one of them.
enum class Phase : std::uint8_t {
    Receiving,    ///< its client is sending it
    Processing,   ///< in our own hands: parsed, routed, merged, divided, written
    Queued,       ///< waits for admission (limits.requests_max)
    Model,        ///< waits for its model to be loaded
    Batching,     ///< waits for its batch to be dispatched
    Connecting,   ///< waits for a connection
    Running,      ///< at the backend, until the first byte of its answer (in a batch: until the whole answer)
    Streaming,    ///< its answer goes out while the backend sends it
    ClientReads,  ///< nothing comes from the backend (all is here, or reading is paused): its client takes the answer
};
inline constexpr std::size_t kPhases = 9;

constexpr const char* nameOf(Phase phase)
{
    constexpr const char* kNames[kPhases] = {"receiving",  "processing", "queued",    "waiting for model", "batching",
                                             "connecting", "running",    "streaming", "client reads"};
    return kNames[static_cast<std::size_t>(phase)];
}

/// Where the time of one request goes, and the decisions it met. A clock that always runs for one phase: whoever takes
/// the request over says which one begins, and the spans of all add up to the time since the first.
/// Thread: the strand. Bound: kDecisionsMax decisions.
class Trace {
public:
    static constexpr std::size_t kDecisionsMax = 32;

    std::uint32_t batchRows = 0;  ///< of the whole batch; 0: not batched
    BatchId batch;
    bool connectionReused = false;
    std::vector<Decision> decisions;
    Duration loading{};                  ///< of Phase::Model: while the backend was at it
    std::shared_ptr<const Trace> group;  ///< while it runs in a batch of several: what that batch is doing

    /// `next` begins at `now`, and what went on until now ends.
    void enter(Phase next, TimePoint now)
    {
        if (closed_) return;
        settle(now);
        phase_ = next;
    }
    /// From a part of it, `span` belonged to another phase: found out afterwards.
    void move(Phase from, Phase to, Duration span)
    {
        if (closed_) return;
        const Duration part = std::min(span, spans_[index(from)]);
        spans_[index(from)] -= part;
        spans_[index(to)] += part;
    }
    Phase phase() const { return phase_; }
    /// The first byte of the answer is sent now, or was.
    bool answering() const { return phase_ == Phase::Streaming || phase_ == Phase::ClientReads; }
    /// Of what has ended; see at() for one that goes on.
    Duration spent(Phase phase) const { return spans_[index(phase)]; }
    /// The same with the phase that goes on counted up to `now`.
    Trace at(TimePoint now) const
    {
        Trace copy = *this;
        copy.close(now);
        return copy;
    }
    /// The request has ended: nothing is added any more, whoever may still hold this.
    void close(TimePoint now)
    {
        if (closed_) return;
        settle(now);
        if (group && phase_ == Phase::Running) {
            const Trace whole = group->at(now);
            move(Phase::Running, Phase::Connecting, whole.spent(Phase::Connecting));
            phase_ = whole.phase();
        }
        group.reset();
        closed_ = true;
    }

    /// What the backend took of it before the first byte of the answer: running it, and loading its model.
    Duration atBackend() const { return spent(Phase::Running) + loading; }
    /// What Millrace added before the first byte of the answer: everything but the backend's time and the client's.
    Duration added() const
    {
        return spent(Phase::Processing) + spent(Phase::Queued) + spent(Phase::Model) - loading +
               spent(Phase::Batching) + spent(Phase::Connecting);
    }

    void addDecision(Decision decision)
    {
        if (!closed_ && decisions.size() < kDecisionsMax) decisions.push_back(std::move(decision));
    }

private:
    static constexpr std::size_t index(Phase phase) { return static_cast<std::size_t>(phase); }
    void settle(TimePoint now)
    {
        if (since_ != TimePoint::min() && now > since_) spans_[index(phase_)] += now - since_;
        since_ = now;
    }

    Phase phase_ = Phase::Receiving;
    bool closed_ = false;
    TimePoint since_ = TimePoint::min();  // of the phase; min: the clock does not run yet
    std::array<Duration, kPhases> spans_{};
};

}  // namespace millrace
