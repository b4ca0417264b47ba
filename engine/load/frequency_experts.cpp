// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/frequency_experts.h"

#include "load/words.h"

#include <algorithm>
#include <cmath>

namespace millrace::load {

DecayedCounts::DecayedCounts(double halfLife) : growth_(std::exp2(1 / halfLife)) {}

void DecayedCounts::add(Symbol symbol)
{
    if (symbol >= counts_.size()) counts_.resize(symbol + 1);
    counts_[symbol] += increment_;
    total_ += increment_;
    increment_ *= growth_;
    if (increment_ < 1e100) return;
    for (double& each : counts_) each /= increment_;
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

std::string LastModelExpert::explain(const Sequence& now, Symbol symbol) const
{
    if (symbol != now.last) return {};
    return words::share(repeats_) + " of the requests repeat the last model";
}

void DecayedExpert::learn(Symbol next, const Sequence&, const Sequence&)
{
    counts_.add(next);
}

void DecayedExpert::predict(const Sequence& now, Distribution& out) const
{
    counts_.fill(now.models(), out);
}

std::string DecayedExpert::explain(const Sequence&, Symbol symbol) const
{
    return "it has " + words::share(counts_.share(symbol)) + " of the requests";
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
    const double each = 1 / static_cast<double>(recent_.size());
    for (std::size_t symbol = 0; symbol < std::min(out.size(), counts_.size()); ++symbol)
        out[symbol] = counts_[symbol] * each;
}

std::string WindowExpert::explain(const Sequence&, Symbol symbol) const
{
    return "it was " + std::to_string(count(symbol)) + " of the last " + std::to_string(recent_.size()) + " requests";
}

}  // namespace millrace::load
