// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/model_kind.h"
#include "base/clock.h"
#include "base/ids.h"
#include "base/sentence.h"
#include "load/load_words.h"
#include "load/model_state.h"
#include "setting_defaults.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

/// The plain values of this module: its settings and its snapshots.
namespace millrace::load {

/// The settings `loader.*`, whose help says what each does.
struct Options {
    bool preload = defaults::loader::kPreload;        ///< false: loads on demand only
    bool prediction = defaults::loader::kPrediction;  ///< false: nothing is learned; the longest unused is evicted
    std::uint32_t concurrentMax = defaults::loader::kConcurrentMax;  ///< in flight, of all backends; REQUIRES: > 0
    Duration timeout = defaults::loader::kTimeout;                   ///< of a load; REQUIRES: > 0
    std::uint32_t historyMax = defaults::loader::kHistoryMax;    ///< that the frequency forecast counts; REQUIRES: > 0
    std::uint32_t queueMax = defaults::loader::kQueueMax;        ///< loads waiting; REQUIRES: > 0
    std::uint64_t budgetBytes = defaults::loader::kBudgetBytes;  ///< of a backend's models together; REQUIRES: > 0
    std::uint32_t residentMax = defaults::loader::kResidentMax;  ///< models a backend; 0: bounded by bytes only
    Duration residencyMin = defaults::loader::kResidencyMin;     ///< 0: a model may be evicted as soon as it is loaded
    Duration idleTtl = defaults::loader::kIdleTtl;               ///< 0: never
    double preloadThreshold = defaults::loader::kPreloadThreshold;  ///< probability; 0: whatever is likeliest
    /// Doubles up to a minute; 0: retried with the next request
    Duration failedBackoff = defaults::loader::kFailedBackoff;

    bool operator==(const Options&) const = default;
};

enum class Priority { Preload = 0, Demand = 1, Manual = 2 };

/// Who wants a model unloaded. A client's wish does not take the model from requests that wait for it, an operator's
/// does.
enum class UnloadBy { Client, Operator };

/// What the operator has set for one model, beside the pin.
struct ModelPolicy {
    std::optional<Duration> idleTtl;  ///< empty: Options::idleTtl; 0: not unloaded for being unused
    bool preload = true;              ///< false: loaded only when it is requested
    bool operator==(const ModelPolicy&) const = default;
};

struct ModelSnapshot {
    ModelId model;
    std::string backend;
    ModelState state = ModelState::Cold;
    bool preloading = false, pinned = false, loadable = false;
    std::uint64_t bytes = 0;
    std::optional<double> loadMs, etaMs;
    std::optional<TimePoint> used;
    std::uint32_t leases = 0;
    double nextProbability = 0;
    Sentence nextWhy;
    Sentence reason;
    std::uint64_t requests = 0, loads = 0;
    backend::ModelKind kind = backend::ModelKind::Unknown;
    ModelPolicy policy;
};

struct LoadRecord {
    LoadId id;
    ModelId model;
    Cause cause = Cause::Demand;
    TimePoint queued;
    std::optional<TimePoint> started, ended, unloaded;
    LoadOutcome outcome = LoadOutcome::Queued;
    Sentence why;
    Sentence unloadedWhy;
    std::optional<UnloadReason> unloadedFor;  ///< empty: still in memory
    std::optional<Verdict> verdict;           ///< of a preload; empty: not known yet
};

struct PredictionSnapshot {
    std::optional<double> accuracy, accuracyTop3, hitRate, lruHitRate, warmRate;
    std::optional<double> changeAccuracy;  ///< of requests for another model than the one before
    std::uint64_t changes = 0;             ///< judged
    std::uint64_t hits = 0, late = 0, wasted = 0;
    std::uint64_t waitedLoads = 0, lruWaitedLoads = 0;  ///< loads that requests had to wait for, and with LRU alone
    double threshold = 0;
    std::string bestExpert;
    std::vector<ModelId> transitionModels;  ///< at most 12, the most used ones
    std::vector<double> transitions;        ///< row-major shares; row: what came before
};

}  // namespace millrace::load
