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

/// The phases of a request's life. Every moment belongs to exactly one of them.
enum class Phase : std::uint8_t {
    Receiving,    ///< the client is sending it
    Processing,   ///< in the engine's own code: parsing, routing, merging, splitting, writing
    Queued,       ///< waiting for admission (limits.requests_max)
    Model,        ///< waiting for its model to be loaded
    Batching,     ///< waiting for its batch to be dispatched
    Connecting,   ///< waiting for a connection
    Running,      ///< at the backend, until the first byte of the answer (in a batch: until the whole answer)
    Streaming,    ///< the answer is forwarded while the backend sends it
    ClientReads,  ///< the backend is done, or reading from it is paused: the client takes the answer
};
inline constexpr std::size_t kPhases = 9;

constexpr const char* nameOf(Phase phase)
{
    constexpr const char* kNames[kPhases] = {"receiving",  "processing", "queued",    "waiting for model", "batching",
                                             "connecting", "running",    "streaming", "client reads"};
    return kNames[static_cast<std::size_t>(phase)];
}

/// Where the time of one request goes, and which decisions were made for it. A stopwatch with one lap per phase:
/// whoever takes over the request enters its phase, and the laps add up to the time since the first.
///
///     context.trace->enter(Phase::Connecting, clock.now());
///     auto lease = co_await pool.acquire(deadline, context.cancel, context.trace.get());
///     context.trace->enter(Phase::Running, clock.now());
///
/// Owner:  the request's CallContext, shared with its record.      Thread: the strand.
/// Bound:  kDecisionsMax decisions; later ones are dropped.
class Trace {
public:
    static constexpr std::size_t kDecisionsMax = 32;

    std::uint32_t batchRows = 0;  ///< of the whole batch; 0: not batched
    BatchId batch;
    bool connectionReused = false;
    std::uint64_t events = 0;  ///< forwarded of an event stream
    std::vector<Decision> decisions;
    Duration loading{};                  ///< the part of Phase::Model in which the backend was loading
    std::shared_ptr<const Trace> group;  ///< the trace of the batch it runs in; null: none

    /// Ends the current phase and begins `next`. No effect after close().
    void enter(Phase next, TimePoint now)
    {
        if (closed_) return;
        settle(now);
        phase_ = next;
    }
    /// Reassigns `span`, at most what `from` has, to another phase: for what is known only afterwards.
    void move(Phase from, Phase to, Duration span)
    {
        if (closed_) return;
        const Duration part = std::min(span, spans_[index(from)]);
        spans_[index(from)] -= part;
        spans_[index(to)] += part;
    }
    Phase phase() const { return phase_; }
    /// The first byte of the answer has been sent, or is being sent.
    bool answering() const { return phase_ == Phase::Streaming || phase_ == Phase::ClientReads; }
    /// Time in that phase, without a lap that is still running: see at().
    Duration spent(Phase phase) const { return spans_[index(phase)]; }
    /// A closed copy, with the running lap counted up to `now`.
    Trace at(TimePoint now) const
    {
        Trace copy = *this;
        copy.close(now);
        return copy;
    }
    /// The request has ended: later changes by other holders are ignored.
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

    /// Millrace's share of the time to the first byte: everything but the backend's and the client's.
    Duration added() const
    {
        return spent(Phase::Processing) + spent(Phase::Queued) + spent(Phase::Model) - loading +
               spent(Phase::Batching) + spent(Phase::Connecting);
    }

    void addEvents(std::uint64_t count)
    {
        if (!closed_) events += count;
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
    TimePoint since_ = TimePoint::min();  // start of the current lap; min: not started
    std::array<Duration, kPhases> spans_{};
};

}  // namespace millrace
