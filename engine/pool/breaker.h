// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <optional>
#include <string>

namespace millrace::pool {

/// A circuit breaker: ejects an upstream after consecutive failures, and restores it when a probe succeeds. It never
/// gives up: after each pause one probe is sent, indefinitely.
///
///     if (breaker.failed(now, "connection refused") == Breaker::Change::Ejected) …
///     if (breaker.tryStartProbe(now)) …                        // send it, then:
///     breaker.succeeded(true);                                 // or failed(now, why, true), or probeAbandoned(now)
///
/// Pure. Thread: one. Bound: the pause doubles with each failed probe, up to kOpenFactorMax times the first.
class Breaker {
public:
    static constexpr std::uint32_t kOpenFactorMax = 4;

    enum class State {
        Closed,    ///< calls pass
        Open,      ///< calls are refused; the next probe is due at probeAt()
        HalfOpen,  ///< a probe is in flight; calls are refused
    };
    enum class Change { None, Ejected, Restored };

    Breaker(std::uint32_t failuresMax, Duration openFor) : failuresMax_(failuresMax), openFor_(openFor) {}

    /// Also changes the pause of an ejection in progress. `failuresMax` 0 counts as 1.
    void apply(std::uint32_t failuresMax, Duration openFor);
    State state() const { return state_; }
    bool passes() const { return state_ == State::Closed; }
    /// When the next probe is due; empty unless Open.
    std::optional<TimePoint> probeAt() const;
    /// Starts the probe (HalfOpen). False: not due yet, or one is in flight.
    bool tryStartProbe(TimePoint now);
    /// The outcome of a call or check. While ejected, only that of the `probe` counts: calls in flight since before say
    /// nothing about the present.
    Change succeeded(bool probe = false);
    Change failed(TimePoint now, const std::string& why, bool probe = false);
    /// The probe ended without a result; the next one is due after the first pause again.
    void probeAbandoned(TimePoint now);
    /// There is evidence that the upstream is back: the probe is due now.
    void probeSoon(TimePoint now);
    /// The upstream was replaced by another one: closed, without failures.
    void reset();

    std::uint32_t failures() const { return failures_; }   ///< consecutive
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
