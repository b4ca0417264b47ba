// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/expert.h"

namespace millrace::load {

/// What followed the last one, two or three requests; the shorter context is used where the longer has few counts.
class OrderExpert final : public Expert {
public:
    explicit OrderExpert(int order) : order_(order) {}
    const char* name() const override;
    void learn(Symbol next, const Sequence& before, const Sequence& after) override;
    void predict(const Sequence& now, Distribution& out) const override;
    bool tellsOrder() const override { return true; }
    Sentence explain(const Sequence& now, Symbol symbol) const override;

private:
    int order_;
    FollowTable one_{64}, two_{64}, three_{64};
};

/// Requests come in runs of one model: how long they last, and which model comes after which.
class RunExpert final : public Expert {
public:
    const char* name() const override { return "runs"; }
    void learn(Symbol next, const Sequence& before, const Sequence& after) override;
    void predict(const Sequence& now, Distribution& out) const override;
    bool tellsOrder() const override { return true; }
    Sentence explain(const Sequence& now, Symbol symbol) const override;
    /// Shares of what came after a run of `from`, as far as known.
    double followed(Symbol from, Symbol to) const;

private:
    double stays(const Sequence& now) const;
    FollowTable length_{64};  // by model and length: stays (0) or ends (1)
    FollowTable model_{64};   // by model
    FollowTable one_{64};     // by model: the next run's
    FollowTable two_{64};     // by the last two runs' models
    FollowTable three_{64};
};

/// Predicts from the pause before the last request, which shows its position within a task.
class GapExpert final : public Expert {
public:
    const char* name() const override { return "pause"; }
    void learn(Symbol next, const Sequence& before, const Sequence& after) override;
    void predict(const Sequence& now, Distribution& out) const override;
    Sentence explain(const Sequence& now, Symbol symbol) const override;

private:
    FollowTable plain_{64}, paused_{64};
};

}  // namespace millrace::load
