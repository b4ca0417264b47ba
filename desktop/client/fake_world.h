// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "control.pb.h"

#include <deque>
#include <random>
#include <string>
#include <vector>

namespace millrace::desktop {

/// A made-up engine under load, for `--demo` and tests: it moves by itself, is the same for the same seed, and keeps
/// its own books straight (what is evicted was loaded, what is paused resumes). Pure: the time is an argument.
class FakeWorld {
public:
    explicit FakeWorld(std::uint32_t seed, std::int64_t startMs);

    void advance(std::int64_t nowMs);  ///< in steps of a second, however long it was
    control::Frame fullFrame() const;
    control::Frame takeDelta();        ///< everything that moves, and what happened since the last one
    control::History history() const;  ///< every second that is held
    /// A span of it in at most points_max even steps. What lies before the start is made up as well, back to kPastMs.
    control::History history(const control::GetHistoryRequest& request) const;
    static constexpr std::int64_t kPastMs = 20LL * 86'400'000;

    std::int64_t nowMs() const { return nowMs_; }
    void setRevision(std::uint64_t revision, const std::string& what);
    /// A guarded revision is judged from now on: kept after half a minute, or found worse if that was asked for.
    void beginGuard(std::uint64_t revision);
    const control::GuardedApply& guard() const { return state_.guard(); }
    void makeNextGuardWorse() { guardWorse_ = true; }
    bool setModelState(const std::string& model, const std::string& state, const std::string& why);
    bool pin(const std::string& model, bool pinned);
    bool cancel(std::uint64_t request);
    std::uint32_t evict(const std::string& backend, std::vector<std::uint64_t> ids);
    bool drain(const std::string& backend, bool draining);
    control::Requests openRequests() const;
    void addEvent(control::Severity severity, const std::string& kind, const std::string& subject,
                  const std::string& text);

private:
    struct Wave {
        double value, low, high, step;
    };
    double move(Wave& wave);
    double chance() { return std::uniform_real_distribution<double>(0, 1)(random_); }
    std::uint64_t pick(std::uint64_t below)
    {
        return std::uniform_int_distribution<std::uint64_t>(0, below - 1)(random_);
    }
    void second();
    void moveModels();
    void moveStreams();
    void movePools();
    void finishRequests();
    void leaveBatches();
    void sample();
    void followGuard();
    bool guardWorse_ = false;

    std::mt19937 random_;
    std::int64_t startMs_;
    std::int64_t nowMs_;
    std::uint64_t sequence_ = 0;
    std::uint64_t eventSequence_ = 0;
    std::uint64_t nextId_ = 1000;
    control::Frame state_;  // all sections, with `recent` lists whole
    std::vector<control::RequestRecord> open_;
    control::Frame fresh_;  // only what happened since the last delta
    std::deque<control::Sample> samples_;
    std::deque<control::Event> events_;
    Wave rate_, p99_, p50_, firstByte_, memory_, reuse_, rows_, wait_, run_, hits_, accuracy_, buffered_, out_;
};

}  // namespace millrace::desktop
