// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/event_log.h"
#include "base/metrics.h"
#include "load/load_core.h"

#include <array>
#include <cstdint>
#include <string>

namespace millrace::load {

/// What the loader reports: its metrics (engine/docs/metrics.md, millrace_load_*) and its events, declared here and
/// nowhere else.
///
/// Owner: Loader. Thread: the strand. Cost: request() adds to three counters at most. Registry and log outlive it.
class LoadReports {
public:
    LoadReports(Registry& registry, EventLog& eventLog);

    void setBudget(std::uint64_t bytes) { budget_.set(static_cast<double>(bytes)); }
    /// The request that `core` has just counted. `leased`: its model was in memory.
    void request(const LoadCore& core, bool leased)
    {
        (leased ? warm_ : cold_).add();
        if (core.lruWarm()) lruWarm_.add();
        if (const auto rank = core.judgement()) predictions_[*rank < 2 ? *rank : 2]->add();
        if (const auto rank = core.changeJudgement()) changes_[*rank < 2 ? *rank : 2]->add();
    }
    void leased() { leases_.add(1); }
    void returned() { leases_.add(-1); }
    /// After anything was done.
    void measure(const LoadScheduler& scheduler);
    /// `model`: null when it is not known any more; then there is no event.
    void report(const LoadEnded& ended, const std::string* model);
    void report(const Unloaded& unloaded, const std::string* model);
    void report(const Judged& judged);

private:
    Registry& registry_;
    EventLog& eventLog_;
    Counter& warm_;
    Counter& cold_;
    Counter& lruWarm_;
    Histogram& seconds_;
    Gauge& queue_;
    Histogram& depth_;
    Gauge& loading_;
    Gauge& leases_;
    Gauge& residentModels_;
    Gauge& residentBytes_;
    Gauge& budget_;
    std::array<Counter*, 3> predictions_;  // miss, first, second or third
    std::array<Counter*, 3> changes_;      // the same, of changes of model
};

}  // namespace millrace::load
