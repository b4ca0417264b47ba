// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/eta_model.h"
#include "load/load_scheduler.h"
#include "load/model_index.h"
#include "load/predictor.h"
#include "load/preload_policy.h"

#include <memory>
#include <optional>

namespace millrace::load {

/// Chooses what is preloaded: goes through the candidates of the forecasts, the most likely first, and tries those that
/// are likely enough and would otherwise be late. The scheduler decides whether a preload is worth its victims.
///
///     if (chooser.consider(now)) …        // a load began; effects are to be taken
///
/// Pure core. Owner: LoadCore. What it is built from outlives it. Order of the candidates: engine/docs/load.md.
class PreloadChooser {
public:
    static constexpr std::size_t kLearnedMin = 16;  ///< requests seen before anything is preloaded

    PreloadChooser(LoadScheduler& scheduler, const ModelIndex& index, const std::unique_ptr<Predictor>& predictor,
                   const PreloadPolicy& policy, const EtaModel& times, const Valuation& valuation)
        : scheduler_(scheduler),
          index_(index),
          predictor_(predictor),
          policy_(policy),
          times_(times),
          valuation_(valuation)
    {}

    /// True: a load began.
    bool consider(TimePoint now);
    /// The latest consider() was refused because what could be evicted was in use: call it again once a lease is given
    /// back.
    bool awaitsLeases() const { return awaitsLeases_; }

private:
    /// Where a candidate comes from.
    enum class Source {
        Next,       ///< the next request's forecast
        Change,     ///< the forecast of the next request for another model
        Program,    ///< the next model of the program of the last request
        Everybody,  ///< the same for all requests together
    };
    struct Candidate {
        Symbol model = kNoSymbol;
        double probability = 0;
        Source source = Source::Next;
        std::size_t step = 1;  ///< number of changes until it is due
    };
    const ProgramRuns::Path& pathOf(Source source) const;
    bool tryPath(Source source, TimePoint now);
    bool tryPreload(const Candidate& candidate, TimePoint now);
    bool canWait(const Candidate& candidate, EntryId entry) const;
    std::optional<Duration> runsLast(Source source, bool least) const;
    Sentence reasonFor(const Candidate& candidate) const;

    LoadScheduler& scheduler_;
    const ModelIndex& index_;
    const std::unique_ptr<Predictor>& predictor_;
    const PreloadPolicy& policy_;
    const EtaModel& times_;
    const Valuation& valuation_;
    bool awaitsLeases_ = false;
};

}  // namespace millrace::load
