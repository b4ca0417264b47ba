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

/// What is known of an upstream's health by its checks, its dials and its answers to requests: whether it is up, and
/// when it is to be checked next. Decides; the pool asks the upstream, closes connections and reports.
///
/// Owner:  PoolBase.   Thread: its strand.
/// Usage:  due() says that a check is to begin; begin(), ask, end(). After each call that can change the health
///         takeChange() has what listeners are to learn.
class HealthMonitor {
public:
    static constexpr Duration kSilenceMax = 5min;  ///< longer silence is never put down to computing
    static constexpr Duration kStoodStill =
        50ms;                                 ///< of the engine itself: what was timed meanwhile is not the server's
    static constexpr Duration kRecheck = 1s;  ///< after a failed check, until the breaker takes over
    static constexpr double kJitter = 0.1;    ///< of the interval, to either side

    struct Settings {
        Duration interval{};            ///< between checks
        std::uint32_t failuresMax = 1;  ///< consecutive, until the upstream is ejected
        Duration openFor{};             ///< until the first probe after an ejection
    };
    enum class Due { Nothing, Check, Probe };
    /// A check in flight.
    struct Check {
        TimePoint began;
        bool probe = false;  ///< the one that the breaker allows an ejected upstream
        bool wasUp = false;
    };
    struct Answer {
        std::optional<Status> status;           ///< empty: it could not be asked, which says nothing about it
        Duration stoodStill{};                  ///< how long the engine itself did not listen meanwhile
        std::optional<TimePoint> silentSince;   ///< as for mayCompute(); matters for DeadlineExceeded alone
        std::optional<std::string> blockedWhy;  ///< nobody wants to know any more
    };
    struct Outcome {
        ProbeResult result;
        bool judged = false;    ///< else: the check says nothing
        bool timed = false;     ///< its latency is the server's, in operation
        bool restored = false;  ///< an ejection has ended
        bool ejected = false;   ///< one has begun
    };

    /// `uniform` gives numbers in [0, 1).
    HealthMonitor(const Settings& settings, std::function<double()> uniform);

    void apply(const Settings& settings);

    // ---- what the upstream does; true: it is ejected by this ----

    void callSucceeded()
    {
        if (breaker_.passes() && breaker_.failures() == 0) return;
        breaker_.succeeded();
    }
    bool callFailed(TimePoint now, const std::string& why);
    /// Bytes of an answer to a request of somebody's have come, after `silence`: as good as a passed check.
    void heard(TimePoint now, Duration silence)
    {
        heardAt_ = now;
        if (silence < silenceSeen_ && now - silenceSeenAt_ < IdleLimit::kLearnedFor) return;
        silenceSeen_ = silence;
        silenceSeenAt_ = now;
    }
    /// A connection has opened. True: that is reason to look at once, see due().
    bool dialed(TimePoint now);
    /// `silentSince` as for mayCompute(): a server that is busy with our requests may be slow to take another
    /// connection.
    bool dialFailed(TimePoint now, const Status& why, std::optional<TimePoint> silentSince);
    /// It is known to be gone (its process ended), or there again, perhaps another one.
    void down(const std::string& why);
    void back(TimePoint now);

    // ---- checks ----

    /// What is to begin now; a check that its answers to requests make needless counts as passed.
    Due due(TimePoint now);
    /// When due() matters next, unless a check is in flight.
    TimePoint wakeAt() const { return breaker_.probeAt().value_or(checkAt_); }
    void checkBy(TimePoint when) { checkAt_ = std::min(checkAt_, when); }
    Check begin(TimePoint now, bool probe);
    /// Somebody wants to know now: the breaker's probe, if it has one.
    Check beginNow(TimePoint now);
    Outcome end(const Check& check, TimePoint now, const Answer& answer);
    bool checking() const { return checking_; }

    // ---- what is known ----

    std::optional<HealthChange> takeChange() { return std::exchange(change_, std::nullopt); }
    const Breaker& breaker() const { return breaker_; }
    bool up() const { return up_; }  ///< a check has passed since it was last down
    /// It was heard of within the interval: it works, whatever a check says.
    bool works(TimePoint now) const { return heardAt_ && now - *heardAt_ < settings_.interval; }
    /// It has had requests since `silentSince` (empty: it has none), and is not silent about them for longer than it
    /// may take: all its threads may be computing, so that a check that is not answered in time says nothing.
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
    bool ejectedByDials_ = false;  ///< a connection that opens then speaks for the upstream being back
    TimePoint checkAt_ = TimePoint::max();
    std::optional<TimePoint> checked_;
    std::optional<TimePoint> heardAt_;
    Duration silenceSeen_{};     ///< the longest after which bytes of an answer came
    TimePoint silenceSeenAt_{};  ///< forgotten after IdleLimit::kLearnedFor
    std::optional<Duration> latency_;
    std::optional<TimePoint> ejectedAt_;
    std::string checkFailure_;
    std::uint64_t passed_ = 0, failed_ = 0;
    std::optional<HealthChange> change_;
};

}  // namespace millrace::pool
