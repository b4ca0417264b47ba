// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "client/contract.h"
#include "client/fake_script.h"
#include "client/fake_words.h"
#include "control.pb.h"

#include <deque>
#include <random>
#include <string>
#include <vector>

namespace millrace::desktop {

/// A made-up engine under the sample load (fake_script.h), for `--demo` and tests: it moves by itself, is the same for
/// the same seed, and keeps its own books straight (what is evicted was loaded, what is paused resumes). Pure: the time
/// is an argument.
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
    std::int64_t startMs() const { return startMs_; }
    void setRevision(std::uint64_t revision, const std::string& what);
    /// A guarded revision is evaluated from now on: kept after half a minute, or found worse after
    /// makeNextGuardWorse().
    void beginGuard(std::uint64_t revision);
    const control::GuardedApply& guard() const { return state_.guard(); }
    void makeNextGuardWorse() { guardWorse_ = true; }
    /// `why`: of one that goes.
    bool setModelState(const std::string& model, control::ModelPhase state, control::LoadCause cause,
                       const script::Sentence& why = {});
    bool pin(const std::string& model, bool pinned);
    bool setPolicy(const control::SetModelPolicyRequest& request);
    bool cancel(std::uint64_t request);
    std::uint32_t evict(const std::string& backend, std::vector<std::uint64_t> ids);
    bool drain(const std::string& backend, bool draining);
    control::Requests openRequests() const;
    void addEvent(control::Severity severity, control::EventKind kind, const std::string& subject,
                  const script::Sentence& text);
    /// Of words that no engine knows.
    void addEvent(control::Severity severity, control::EventKind kind, const std::string& subject,
                  const std::string& text)
    {
        addEvent(severity, kind, subject, script::Sentence{{}, text});
    }

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
    std::int64_t elapsed() const { return (nowMs_ - startMs_) / 1000; }
    void makeModels();
    void makePools();
    void makeLanes();
    void moveSecond();
    void sample();  // fake_world_series.cpp, as histories
    void followGuard();

    // fake_world_models.cpp
    void moveModels();
    void finishLoads();
    void movePrediction();
    control::ModelPhase stateOf(const std::string& model) const;
    bool isPinned(const std::string& model) const;
    bool mayPreload(const std::string& model) const;

    void movePools();  // fake_world_pools.cpp

    // fake_world_traffic.cpp
    void moveBatches();
    void dispatch(control::LaneState& lane, std::uint32_t requests, std::uint32_t rows, control::DispatchReason why,
                  int place);
    const control::LaneState& sensorLane() const;
    void moveStreams();
    void beginStream(const std::string& client, const std::string& model, bool chat);
    void finishOpen(std::uint64_t id, std::uint64_t events, std::uint64_t bytes);
    void finishRequests();
    void finishRequest(const char* client, const std::string& model, control::RequestClass kind, std::uint32_t rows,
                       std::uint32_t batchRows);
    void rejectRequest(script::Slip slip);

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
    std::uint64_t served_ = 0;  // in this second
    double rows_ = 0;           // dispatched in this second
    double batches_ = 0;        // dispatched in this second
    std::uint64_t waitedLoads_ = 0;
    Wave firstByte_, reuse_, limit_, hits_, accuracy_;
};

}  // namespace millrace::desktop
