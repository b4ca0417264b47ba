// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/health_monitor.h"

#include "phrases.h"

#include <algorithm>

namespace millrace::pool {

HealthMonitor::HealthMonitor(const Settings& settings, std::function<double()> uniform)
    : settings_(settings), uniform_(std::move(uniform)), breaker_(settings.failuresMax, settings.openFor)
{}

void HealthMonitor::apply(const Settings& settings)
{
    settings_ = settings;
    breaker_.apply(settings.failuresMax, settings.openFor);
}

// ---- observations ----

void HealthMonitor::ejected(TimePoint now)
{
    ejectedAt_ = now;
    if (up_)
        change_ = HealthChange{HealthChange::Kind::Ejected, breaker_.reason()};
    else if (!downReported_)
        change_ = HealthChange{HealthChange::Kind::Down, breaker_.reason()};
    downReported_ = true;
    up_ = false;
}

bool HealthMonitor::callFailed(TimePoint now, const std::string& why)
{
    if (breaker_.failed(now, why) != Breaker::Change::Ejected) return false;
    ejected(now);
    return true;
}

bool HealthMonitor::dialed(TimePoint now)
{
    if (breaker_.passes())
        ejectedByDials_ = false;
    else if (ejectedByDials_)
        breaker_.probeSoon(now);
    if (up_ && breaker_.passes()) return false;
    checkBy(now);
    return true;
}

bool HealthMonitor::dialFailed(TimePoint now, const Status& why, std::optional<TimePoint> silentSince)
{
    if (absl::IsDeadlineExceeded(why) && (works(now) || mayCompute(now, silentSince))) return false;
    ejectedByDials_ = true;
    return callFailed(now, text(why));
}

void HealthMonitor::down(const std::string& why)
{
    up_ = false;
    checkFailure_ = why;
}

void HealthMonitor::back(TimePoint now)
{
    breaker_.reset();
    checkFailure_.clear();
    checked_.reset();
    downReported_ = false;
    ejectedAt_.reset();
    checkAt_ = now;
}

bool HealthMonitor::mayCompute(TimePoint now, std::optional<TimePoint> silentSince) const
{
    if (!silentSince) return false;
    const TimePoint since = heardAt_ ? std::max(*silentSince, *heardAt_) : *silentSince;
    // A silence as long as a previous one, with some margin, is plausible.
    Duration most = settings_.interval;
    if (now - silenceSeenAt_ < IdleLimit::kLearnedFor) most = std::max(most, std::min(2 * silenceSeen_, kSilenceMax));
    return now - since < most;
}

// ---- checks ----

TimePoint HealthMonitor::nextCheck(TimePoint after)
{
    const double share = 1.0 - kJitter + 2.0 * kJitter * uniform_();
    return after + std::chrono::duration_cast<Duration>(settings_.interval * share);
}

/// Answers to requests arrive: a check is redundant, and a busy server would answer it late.
void HealthMonitor::passedByWork()
{
    checked_ = heardAt_;
    checkFailure_.clear();
    callSucceeded();
    checkAt_ = std::max(nextCheck(*heardAt_), *heardAt_ + settings_.interval);
}

HealthMonitor::Due HealthMonitor::due(TimePoint now)
{
    if (checking_) return Due::Nothing;
    if (breaker_.tryStartProbe(now)) return Due::Probe;
    if (!breaker_.passes() || now < checkAt_) return Due::Nothing;
    if (!up_ || !works(now)) return Due::Check;
    passedByWork();
    return Due::Nothing;
}

HealthMonitor::Check HealthMonitor::begin(TimePoint now, bool probe)
{
    checking_ = true;
    checkAt_ = now + settings_.interval;
    return {now, probe, up_};
}

HealthMonitor::Check HealthMonitor::beginNow(TimePoint now)
{
    breaker_.probeSoon(now);
    checking_ = true;
    return {now, breaker_.tryStartProbe(now), up_};
}

HealthMonitor::Outcome HealthMonitor::end(const Check& check, TimePoint now, const Answer& answer)
{
    checking_ = false;
    Outcome out;
    out.result.latency = now - check.began;
    const bool failed = answer.status && !answer.status->ok();
    // A busy server answers checks late; the answers to requests that arrive meanwhile are better evidence.
    const bool arrives = failed && !check.probe && works(now);
    const bool computes =
        failed && !check.probe && absl::IsDeadlineExceeded(*answer.status) && mayCompute(now, answer.silentSince);
    // A stall of our own loop does not count against the server.
    const bool unheard = failed && answer.stoodStill >= kStoodStill && 2 * answer.stoodStill >= out.result.latency;
    if (!answer.status || arrives || computes || unheard || answer.blockedWhy) {
        if (check.probe) breaker_.probeAbandoned(now);
        if (answer.blockedWhy)
            out.result.reason = *answer.blockedWhy;
        else if (arrives)
            out.result.reason = text(*answer.status) + " (but it responds to requests)";
        else if (computes)
            out.result.reason = text(*answer.status) + " (but it has requests in flight and may be busy)";
        else if (unheard)
            out.result.reason = text(*answer.status) + " (but the engine itself stood still meanwhile)";
        else
            out.result.reason = "all connections are busy; the server could not be checked";
        checkAt_ = now + std::min<Duration>(settings_.interval, kRecheck);
        return out;
    }
    out.judged = true;
    checked_ = now;
    if (failed) {
        out.result.reason = text(*answer.status);
        fail(check, now, out);
    } else {
        pass(check, now, answer.stoodStill, out);
    }
    return out;
}

void HealthMonitor::pass(const Check& check, TimePoint now, Duration stoodStill, Outcome& out)
{
    out.result.healthy = true;
    ++passed_;
    if (stoodStill < kStoodStill) {
        out.timed = check.wasUp;  // otherwise it includes the server's start-up
        latency_ = out.result.latency;
    }
    checkFailure_.clear();
    out.restored = breaker_.succeeded(check.probe) == Breaker::Change::Restored;
    if (!up_) {
        up_ = true;
        downReported_ = false;
        change_ = HealthChange{HealthChange::Kind::Up,
                               out.restored && ejectedAt_
                                   ? say(Phrase::CheckPassedAfter, out.result.latency, now - *ejectedAt_)
                                   : say(Phrase::CheckPassed, out.result.latency)};
    }
    checkAt_ = nextCheck(now);
}

void HealthMonitor::fail(const Check& check, TimePoint now, Outcome& out)
{
    ++failed_;
    checkFailure_ = out.result.reason;
    if (breaker_.failed(now, out.result.reason, check.probe) == Breaker::Change::Ejected) {
        ejected(now);
        out.ejected = true;
    } else if (!up_ && !downReported_) {
        downReported_ = true;
        change_ = HealthChange{HealthChange::Kind::Down, out.result.reason};
    }
    checkAt_ = now + std::min<Duration>(settings_.interval, kRecheck);
}

}  // namespace millrace::pool
