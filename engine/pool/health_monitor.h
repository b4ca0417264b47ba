// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "pool/breaker.h"
#include "pool/idle_limit.h"
#include "pool/snapshot.h"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace millrace::pool {

/// Judges an upstream's health from its checks, its dials and its answers to requests, and schedules the checks.
/// Decides only; the pool sends the checks, closes connections and reports.
///
///     if (const auto due = monitor.due(now); due != HealthMonitor::Due::Nothing) {
///         const auto check = monitor.begin(now, due == HealthMonitor::Due::Probe);
///         …                                                    // ask the upstream
///         const auto outcome = monitor.end(check, clock.now(), answer);
///     }
///     if (auto change = monitor.takeChange()) listener(*change);       // after every call that may change the health
///
/// Owner:  PoolBase.   Thread: its strand.
class HealthMonitor {
public:
    static constexpr Duration kSilenceMax = 5min;  ///< a longer silence is never attributed to computing
    static constexpr Duration kStoodStill =
        50ms;                                 ///< of the engine itself: what was timed meanwhile is not the server's
    static constexpr Duration kRecheck = 1s;  ///< interval after a failed check, until ejection
    static constexpr double kJitter = 0.1;    ///< share of the interval, in both directions

    struct Settings {
        Duration interval{};            ///< between checks
        std::uint32_t failuresMax = 1;  ///< consecutive, until the upstream is ejected
        Duration openFor{};             ///< until the first probe after an ejection
    };
    enum class Due { Nothing, Check, Probe };
    /// A check in progress.
    struct Check {
        TimePoint began;
        bool probe = false;  ///< the breaker's probe of an ejected upstream
        bool wasUp = false;
    };
    struct Answer {
        std::optional<Status> status;           ///< empty: the check could not be sent, and is inconclusive
        Duration stoodStill{};                  ///< how long our own event loop was stalled meanwhile
        std::optional<TimePoint> silentSince;   ///< see mayCompute(); only for DeadlineExceeded
        std::optional<std::string> blockedWhy;  ///< set: the pool was disabled or stopped meanwhile
    };
    struct Outcome {
        ProbeResult result;
        bool judged = false;    ///< false: inconclusive
        bool timed = false;     ///< its latency is representative
        bool restored = false;  ///< ended an ejection
        bool ejected = false;   ///< caused an ejection
    };

    /// `uniform` returns numbers in [0, 1).
    HealthMonitor(const Settings& settings, std::function<double()> uniform);

    void apply(const Settings& settings);

    // ---- observations; true: they eject the upstream ----

    void callSucceeded()
    {
        if (breaker_.passes() && breaker_.failures() == 0) return;
        breaker_.succeeded();
    }
    bool callFailed(TimePoint now, const std::string& why);
    /// Bytes of an answer to a client's request arrived, after `silence`: equivalent to a passed check.
    void heard(TimePoint now, Duration silence)
    {
        heardAt_ = now;
        if (silence < silenceSeen_ && now - silenceSeenAt_ < IdleLimit::kLearnedFor) return;
        silenceSeen_ = silence;
        silenceSeenAt_ = now;
    }
    /// A connection was opened. True: a check is due now.
    bool dialed(TimePoint now);
    /// `silentSince`: see mayCompute(): a server busy with our requests may be slow to accept another connection.
    bool dialFailed(TimePoint now, const Status& why, std::optional<TimePoint> silentSince);
    /// The upstream is known to be down (its process exited), or up again, possibly as another process.
    void down(const std::string& why);
    void back(TimePoint now);

    // ---- checks ----

    /// Which check is due now. One that recent answers to requests make redundant is counted as passed instead.
    Due due(TimePoint now);
    /// When to call due() next, unless a check is in progress.
    TimePoint wakeAt() const { return breaker_.probeAt().value_or(checkAt_); }
    void checkBy(TimePoint when) { checkAt_ = std::min(checkAt_, when); }
    Check begin(TimePoint now, bool probe);
    /// A check on request, now; if the upstream is ejected, it is the breaker's probe.
    Check beginNow(TimePoint now);
    Outcome end(const Check& check, TimePoint now, const Answer& answer);
    bool checking() const { return checking_; }

    // ---- state ----

    std::optional<HealthChange> takeChange() { return std::exchange(change_, std::nullopt); }
    const Breaker& breaker() const { return breaker_; }
    bool up() const { return up_; }  ///< a check has passed since it was last down
    /// Answers arrived within the last interval: it works, whatever a check says.
    bool works(TimePoint now) const { return heardAt_ && now - *heardAt_ < settings_.interval; }
    /// The upstream has had requests since `silentSince` (empty: none) without sending anything, but not for longer
    /// than usual: all its threads may be computing, so a check that times out is inconclusive.
    bool mayCompute(TimePoint now, std::optional<TimePoint> silentSince) const;
    const std::string& checkFailure() const { return checkFailure_; }  ///< of the latest; empty: passed, or none
    std::optional<TimePoint> checked() const { return checked_; }
    std::optional<Duration> latency() const { return latency_; }
    std::uint64_t passed() const { return passed_; }
    std::uint64_t failed() const { return failed_; }

private:
    void ejected(TimePoint now);
    void passedByWork();
    void pass(const Check& check, TimePoint now, Duration stoodStill, Outcome& out);
    void fail(const Check& check, TimePoint now, Outcome& out);
    TimePoint nextCheck(TimePoint after);

    Settings settings_;
    const std::function<double()> uniform_;
    Breaker breaker_;
    bool up_ = false, downReported_ = false, checking_ = false;
    bool ejectedByDials_ = false;  ///< then an opened connection is evidence that it is back
    TimePoint checkAt_ = TimePoint::max();
    std::optional<TimePoint> checked_;
    std::optional<TimePoint> heardAt_;
    Duration silenceSeen_{};     ///< longest silence before bytes of an answer
    TimePoint silenceSeenAt_{};  ///< forgotten after IdleLimit::kLearnedFor
    std::optional<Duration> latency_;
    std::optional<TimePoint> ejectedAt_;
    std::string checkFailure_;
    std::uint64_t passed_ = 0, failed_ = 0;
    std::optional<HealthChange> change_;
};

}  // namespace millrace::pool
