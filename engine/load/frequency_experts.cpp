// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/frequency_experts.h"

#include "phrases.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace millrace::load {

namespace {

constexpr double kShareTold = 0.01;  // a smaller share explains nothing

/// Depths that are counted together: alone near the top, in growing groups further down.
constexpr std::array<std::size_t, 14> kDepthFrom{0, 1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 24, 36, 64};

Symbol depthClass(std::size_t depth)
{
    const auto above = std::upper_bound(kDepthFrom.begin(), kDepthFrom.end(), depth);
    return static_cast<Symbol>(above - kDepthFrom.begin());  // 1 …: 0 is for what was never used
}

}  // namespace

DecayedCounts::DecayedCounts(double halfLife) : growth_(std::exp2(1 / halfLife)) {}

void DecayedCounts::add(Symbol symbol)
{
    if (symbol >= counts_.size()) counts_.resize(symbol + 1);
    counts_[symbol] += increment_;
    total_ += increment_;
    increment_ *= growth_;
    if (increment_ < 1e100) return;
    for (double& count : counts_) count /= increment_;
    total_ /= increment_;
    increment_ = 1;
}

double DecayedCounts::share(Symbol symbol) const
{
    return symbol < counts_.size() && total_ > 0 ? counts_[symbol] / total_ : 0;
}

void DecayedCounts::fill(std::size_t models, Distribution& out) const
{
    out.assign(models, total_ > 0 ? 0 : 1 / static_cast<double>(std::max<std::size_t>(models, 1)));
    if (total_ <= 0) return;
    for (std::size_t symbol = 0; symbol < std::min(models, counts_.size()); ++symbol)
        out[symbol] = counts_[symbol] / total_;
}

void LastModelExpert::learn(Symbol next, const Sequence& before, const Sequence&)
{
    constexpr double rate = 0.03;
    if (before.last != kNoSymbol) repeats_ += rate * ((next == before.last ? 1.0 : 0.0) - repeats_);
}

void LastModelExpert::predict(const Sequence& now, Distribution& out) const
{
    out = now.base();
    if (now.last == kNoSymbol) return;
    const double others = 1 - out[now.last];
    const double scale = others > 1e-9 ? (1 - repeats_) / others : 0;
    for (double& share : out) share *= scale;
    out[now.last] = others > 1e-9 ? repeats_ : 1;
}

Sentence LastModelExpert::explain(const Sequence& now, Symbol symbol) const
{
    if (symbol != now.last) return {};
    return say(Phrase::NextRepeats, Value::share(repeats_));
}

void DecayedExpert::learn(Symbol next, const Sequence&, const Sequence&)
{
    counts_.add(next);
}

void DecayedExpert::predict(const Sequence& now, Distribution& out) const
{
    counts_.fill(now.models(), out);
}

Sentence DecayedExpert::explain(const Sequence&, Symbol symbol) const
{
    const double share = counts_.share(symbol);
    if (share < kShareTold) return {};  // "0 %" explains nothing
    return say(Phrase::NextShare, Value::share(share));
}

void WindowExpert::drop()
{
    --counts_[recent_.front()];
    recent_.pop_front();
}

void WindowExpert::resize(std::size_t window)
{
    window_ = std::max<std::size_t>(window, 1);
    while (recent_.size() > window_) drop();
}

void WindowExpert::learn(Symbol next, const Sequence&, const Sequence&)
{
    if (next >= counts_.size()) counts_.resize(next + 1);
    if (recent_.size() >= window_) drop();
    recent_.push_back(next);
    ++counts_[next];
}

void WindowExpert::predict(const Sequence& now, Distribution& out) const
{
    if (recent_.empty()) {
        out = now.base();
        return;
    }
    out.assign(now.models(), 0);
    const double share = 1 / static_cast<double>(recent_.size());
    for (std::size_t symbol = 0; symbol < std::min(out.size(), counts_.size()); ++symbol)
        out[symbol] = counts_[symbol] * share;
}

Sentence WindowExpert::explain(const Sequence&, Symbol symbol) const
{
    return say(Phrase::NextOfLast, count(symbol), Value(recent_.size(), Unit::Requests));
}

void RecencyExpert::learn(Symbol next, const Sequence&, const Sequence&)
{
    const auto place = std::find(order_.begin(), order_.end(), next);
    if (place == order_.end()) {
        counts_.add(0);
        order_.insert(order_.begin(), next);
        return;
    }
    counts_.add(depthClass(static_cast<std::size_t>(place - order_.begin())));
    std::rotate(order_.begin(), place, place + 1);
}

void RecencyExpert::predict(const Sequence& now, Distribution& out) const
{
    out.assign(now.models(), 0);
    const std::size_t used = std::min(order_.size(), out.size());
    const double known = 1 - counts_.share(0);
    double sum = 0;
    for (std::size_t depth = 0; depth < used; ++depth) {
        const Symbol group = depthClass(depth);
        const std::size_t from = kDepthFrom[group - 1];
        const std::size_t to = group < kDepthFrom.size() ? std::min(kDepthFrom[group], used) : used;
        const double share = (counts_.share(group) + 1e-4) / static_cast<double>(to - from);
        out[order_[depth]] = share;
        sum += share;
    }
    const std::size_t unused = out.size() - used;
    for (double& share : out) {
        if (share > 0) {
            share *= (unused > 0 ? known : 1) / sum;
        } else if (unused > 0) {
            share = (used > 0 ? 1 - known : 1) / static_cast<double>(unused);
        }
    }
}

std::size_t RecencyExpert::depth(Symbol symbol) const
{
    return static_cast<std::size_t>(std::find(order_.begin(), order_.end(), symbol) - order_.begin());
}

Sentence RecencyExpert::explain(const Sequence&, Symbol symbol) const
{
    const std::size_t back = depth(symbol);
    if (back >= order_.size()) return {};
    const Value next = Value::share(counts_.share(depthClass(back)));
    if (back == 0) return say(Phrase::NextUsedLast, next);
    return say(Phrase::NextUsedAgo, Value(back, Unit::Models), next);
}

}  // namespace millrace::load
