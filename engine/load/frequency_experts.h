// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "load/expert.h"

#include <deque>

namespace millrace::load {

/// How often each model came, the weight of a request halving every `halfLife` requests. O(1) to add: what is new
/// grows instead of what is old shrinking.
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

/// How far back the last use of what comes lies: working sets, and traffic for which "the longest unused leaves" is
/// right. Counted by how many other models were used since.
class RecencyExpert final : public Expert {
public:
    explicit RecencyExpert(double halfLife) : counts_(halfLife) {}
    const char* name() const override { return "recency"; }
    void learn(Symbol next, const Sequence& before, const Sequence& after) override;
    void predict(const Sequence& now, Distribution& out) const override;
    Sentence explain(const Sequence& now, Symbol symbol) const override;

    /// How many other models were used since; as many as there are for one that never was.
    std::size_t depth(Symbol symbol) const;

private:
    std::vector<Symbol> order_;  // newest first
    DecayedCounts counts_;       // by class of depth; 0: never used before
};

}  // namespace millrace::load
