// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/expert.h"

#include <deque>

namespace millrace::load {

/// How often each model came, where the weight of a request halves every `halfLife` requests. Adding is O(1): the
/// weight of new requests grows, instead of all old ones being reduced.
class DecayedCounts {
public:
    explicit DecayedCounts(double halfLife);
    void add(Symbol symbol);
    double share(Symbol symbol) const;
    /// Shares of `models` models; uniform before anything came.
    void fill(std::size_t models, Distribution& out) const;

private:
    double growth_;
    double increment_ = 1;
    double total_ = 0;
    std::vector<double> counts_;
};

/// The last model again, as often as that happened lately.
class LastModelExpert final : public Expert {
public:
    const char* name() const override { return "repetition"; }
    void learn(Symbol next, const Sequence& before, const Sequence& after) override;
    void predict(const Sequence& now, Distribution& out) const override;
    Sentence explain(const Sequence& now, Symbol symbol) const override;

private:
    double repeats_ = 0.5;
};

class DecayedExpert final : public Expert {
public:
    DecayedExpert(const char* name, double halfLife) : name_(name), counts_(halfLife) {}
    const char* name() const override { return name_; }
    void learn(Symbol next, const Sequence& before, const Sequence& after) override;
    void predict(const Sequence& now, Distribution& out) const override;
    Sentence explain(const Sequence& now, Symbol symbol) const override;
    double share(Symbol symbol) const { return counts_.share(symbol); }

private:
    const char* name_;
    DecayedCounts counts_;
};

/// How often each model came among the last `window` requests.
class WindowExpert final : public Expert {
public:
    explicit WindowExpert(std::size_t window) : window_(window) {}
    void resize(std::size_t window);
    const char* name() const override { return "recent frequency"; }
    void learn(Symbol next, const Sequence& before, const Sequence& after) override;
    void predict(const Sequence& now, Distribution& out) const override;
    Sentence explain(const Sequence& now, Symbol symbol) const override;
    std::uint32_t count(Symbol symbol) const { return symbol < counts_.size() ? counts_[symbol] : 0; }

private:
    void drop();
    std::size_t window_;
    std::deque<Symbol> recent_;
    std::vector<std::uint32_t> counts_;
};

/// How far back the last use of the next model lies, measured in other models used since: predicts working sets, and
/// traffic for which LRU is right.
class RecencyExpert final : public Expert {
public:
    explicit RecencyExpert(double halfLife) : counts_(halfLife) {}
    const char* name() const override { return "recency"; }
    void learn(Symbol next, const Sequence& before, const Sequence& after) override;
    void predict(const Sequence& now, Distribution& out) const override;
    Sentence explain(const Sequence& now, Symbol symbol) const override;

    /// Number of other models used since; the number of all models if it was never used.
    std::size_t depth(Symbol symbol) const;

private:
    std::vector<Symbol> order_;  // newest first
    DecayedCounts counts_;       // by class of depth; 0: never used before
};

}  // namespace millrace::load
