// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::pool {

/// Takes an upstream out after failures in a row, and puts it back when a probe succeeds.
/// An upstream is never given up: each time the pause is over one probe goes out, indefinitely.
///
/// Thread: one. Bound: the pause doubles with each failed probe, up to kOpenFactorMax times the first.
class Breaker {
public:
    static constexpr std::uint32_t kOpenFactorMax = 4;

    enum class State {
        Closed,    ///< calls pass
        Open,      ///< calls are refused until probeAt()
        HalfOpen,  ///< one probe is in flight, calls are refused
    };
    enum class Change { None, Ejected, Restored };

    Breaker(std::uint32_t failuresMax, Duration openFor) : failuresMax_(failuresMax), openFor_(openFor) {}

    /// An ejection that lasts already gets the new time, too.
    void apply(std::uint32_t failuresMax, Duration openFor);
    State state() const { return state_; }
    bool passes() const { return state_ == State::Closed; }
    /// Open only: when the next probe may go.
    std::optional<TimePoint> probeAt() const;
    /// Takes the one probe; false: not its time, or one is out.
    bool tryStartProbe(TimePoint now);
    /// Of a call or a check. A success counts once the upstream is closed or by the probe that was taken.
    Change succeeded(bool probe = false);
    Change failed(TimePoint now, const std::string& why, bool probe = false);
    /// The probe ended without a verdict; another one goes after the first pause again.
    void probeAbandoned(TimePoint now);
    /// Something speaks for the upstream being back: the probe need not wait.
    void probeSoon(TimePoint now);
    /// Another upstream stands in its place.
    void reset();

    std::uint32_t failures() const { return failures_; }   ///< in a row
    const std::string& reason() const { return reason_; }  ///< of the last failure; empty after a success

private:
    void open(TimePoint now, std::uint32_t factor);

    std::uint32_t failuresMax_;
    Duration openFor_;
    State state_ = State::Closed;
    std::uint32_t failures_ = 0;
    std::uint32_t probesFailed_ = 0;
    std::uint32_t openFactor_ = 1;
    TimePoint openSince_;
    TimePoint probeAt_;
    std::string reason_;
};

}  // namespace millrace::pool
