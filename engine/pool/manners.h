// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "pool/idle_limit.h"

#include <cstdint>
#include <optional>

namespace millrace::pool {

/// Learns whether an upstream serves connections concurrently. A single-threaded server accepts a second connection,
/// but answers on it only when the first has been closed, so that idle connections kept for later block all others.
/// Until this is known, one connection is kept; then another is opened as a proof: it must get an answer while the
/// first stays open.
///
/// Owner: HttpPoolCore.   Thread: one.   Pure.
class Manners {
public:
    static constexpr Duration kProofMin = 1s;  ///< least time for a proof
    static constexpr Duration kProofMax = 3s;

    enum class Kind {
        Unknown,     ///< the floor is one connection, until a proof succeeds
        Concurrent,  ///< the floor is as configured
        OneByOne,    ///< the floor is one connection, and answered ones close for waiting ones
    };

    Kind kind() const { return kind_; }
    /// The cap of the floor; empty: as configured.
    std::optional<std::uint32_t> floorCap() const
    {
        return kind_ == Kind::Concurrent ? std::nullopt : std::optional<std::uint32_t>(1);
    }
    /// The negotiated protocol changed, or the upstream was replaced (then: false). HTTP/2 implies concurrency.
    void chose(bool http2) { kind_ = http2 ? Kind::Concurrent : Kind::Unknown; }
    /// An answer arrived while another connection, on which the server had answered before, was open: it is concurrent.
    void answeredBesideAnother() { kind_ = Kind::Concurrent; }
    /// Called when health checks pass: forgets old findings.
    void refresh(TimePoint now)
    {
        if (kind_ == Kind::OneByOne && now >= until_) kind_ = Kind::Unknown;
    }

    // ---- the proof, step by step ----

    /// Starts a proof if one is needed. `held`: connections open or connecting; `wanted`: the configured floor. Returns
    /// the cap of the floor that makes the pool open one more; empty: no proof.
    std::optional<std::uint32_t> beginProof(std::uint32_t held, std::uint32_t wanted);
    /// No connection was opened.
    void abandonProof() { proving_ = false; }
    bool proving() const { return proving_; }  ///< the next connection that opens is the proof
    /// It has opened; `open` includes it. False: it would prove nothing.
    bool takeProof(std::uint32_t open);
    /// A request is sent on it now. `latency`: of health checks, if known. Returns how long the proof may take.
    Duration ask(std::optional<Duration> latency);
    /// The request ended; its connection is still open. Success is reported by answeredBesideAnother() instead: an
    /// answer that came only because the others had closed proves nothing.
    void answered(bool timedOut, TimePoint now);
    /// The connection was returned to the pool.
    void proofOver() { asking_ = false; }

    /// True: a connection closes after its answer if another one waits for its first byte, since a single-threaded
    ///         server
    /// must see the first one end before it serves the next. Also during a proof.
    bool makesWay() const { return kind_ == Kind::OneByOne || asking_; }
    /// True: the server is single-threaded and busy, so a health check would only queue behind.
    bool checkWouldWait(std::uint64_t calls) const { return kind_ == Kind::OneByOne && calls > 0; }

private:
    Kind kind_ = Kind::Unknown;
    bool proving_ = false;
    bool asking_ = false;
    TimePoint until_;  ///< end of OneByOne: then it is Unknown again
};

}  // namespace millrace::pool
