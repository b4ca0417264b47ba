// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "pool/idle_limit.h"

#include <cstdint>
#include <optional>

namespace millrace::pool {

/// What an upstream does with a second connection. A server with one thread takes it and answers on it only when the
/// first has ended; idle ones that were opened for later then keep everybody waiting. Until it is known, one connection
/// is kept; then one more is opened, which has to prove itself: to bring an answer while the others are kept.
///
/// Owner: HttpPoolCore.   Thread: one.
class Manners {
public:
    static constexpr Duration kProofMin = 1s;  ///< so long a proof may take, at least
    static constexpr Duration kProofMax = 3s;

    enum class Kind {
        Unknown,     ///< the floor is one connection; before another is kept, it has to bring an answer
        Concurrent,  ///< the floor is what the settings say
        OneByOne,    ///< the floor is one; who has had an answer makes way for who waits for one
    };

    Kind kind() const { return kind_; }
    /// How many connections may be kept that nobody has asked for; empty: what the settings say.
    std::optional<std::uint32_t> floorCap() const
    {
        return kind_ == Kind::Concurrent ? std::nullopt : std::optional<std::uint32_t>(1);
    }
    /// It chooses another protocol than before, or is another upstream (then: false). HTTP/2 is for many requests.
    void chose(bool http2) { kind_ = http2 ? Kind::Concurrent : Kind::Unknown; }
    /// An answer has come while another connection, which the server has looked at before, is kept: one thread alone
    /// could not.
    void answeredBesideAnother() { kind_ = Kind::Concurrent; }
    /// To be called when health checks pass: what was learned long ago is forgotten.
    void refresh(TimePoint now)
    {
        if (kind_ == Kind::OneByOne && now >= until_) kind_ = Kind::Unknown;
    }

    // ---- the proof, step by step ----

    /// Begins one, if there is something to find out: `held` connections are there or dialled, `wanted` by the
    /// settings. The floor's cap by which one more is opened; empty: no proof.
    std::optional<std::uint32_t> beginProof(std::uint32_t held, std::uint32_t wanted);
    /// None was opened.
    void abandonProof() { proving_ = false; }
    bool proving() const { return proving_; }  ///< the next connection that opens is to prove itself
    /// That one has opened, `open` with itself. False: it proves nothing.
    bool takeProof(std::uint32_t open);
    /// It is asked from now on. `latency` of health checks, if known; how long it may take.
    Duration ask(std::optional<Duration> latency);
    /// The question has ended; its connection is still held. An answer speaks for itself, see answeredBesideAnother();
    /// one that came only because the others had ended says nothing.
    void answered(bool timedOut, TimePoint now);
    /// The connection was given back.
    void proofOver() { asking_ = false; }

    /// Whether a connection that has had its answer closes, since another one waits for its first byte. One
    /// thread serves one connection at a time: ours must end before the next is looked at. While it is being found out
    /// whether there is but one, the same.
    bool makesWay() const { return kind_ == Kind::OneByOne || asking_; }
    /// Whom one thread serves now has it; a health check would only stand behind.
    bool checkWouldWait(std::uint64_t calls) const { return kind_ == Kind::OneByOne && calls > 0; }

private:
    Kind kind_ = Kind::Unknown;
    bool proving_ = false;
    bool asking_ = false;
    TimePoint until_;  ///< of OneByOne: then it is found out anew
};

}  // namespace millrace::pool
