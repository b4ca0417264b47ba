// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/sequence_experts.h"

#include "load/words.h"
#include "phrases.h"

#include <algorithm>
#include <cmath>

namespace millrace::load {
namespace {

constexpr Symbol kStays = 0, kEnds = 1;

std::uint32_t lengthClass(std::uint32_t run)
{
    if (run <= 8) return run;
    return 8 + static_cast<std::uint32_t>(std::log2(run / 8.0) * 2);
}

std::uint32_t gapClass(Duration gap)
{
    const double ms = std::max(toMs(gap), 1.0);
    return static_cast<std::uint32_t>(std::log2(ms));
}

/// Share of `symbol` in a row, leaning to `fallback` while the row has seen little.
double leaning(const FollowTable::Row* row, Symbol symbol, double fallback, double strength)
{
    if (!row) return fallback;
    double weight = 0;
    for (const auto& follower : row->followers)
        if (follower.symbol == symbol) weight = static_cast<double>(follower.weight);
    return (weight + strength * fallback) / (static_cast<double>(row->weight) + strength);
}

}  // namespace

const char* OrderExpert::name() const
{
    return order_ == 1 ? "after the last model" : order_ == 2 ? "after the last two" : "after the last three";
}

void OrderExpert::learn(Symbol next, const Sequence& before, const Sequence&)
{
    if (before.last == kNoSymbol) return;
    one_.add(followKey(before.last), next);
    if (order_ >= 2) two_.add(followKey(before.last, before.second), next);
    if (order_ >= 3) three_.add(followKey(before.last, before.second, before.third), next);
}

void OrderExpert::predict(const Sequence& now, Distribution& out) const
{
    out = now.base();
    if (now.last == kNoSymbol) return;
    one_.blend(followKey(now.last), out, out);
    if (order_ >= 2) two_.blend(followKey(now.last, now.second), out, out);
    if (order_ >= 3) three_.blend(followKey(now.last, now.second, now.third), out, out);
}

Sentence OrderExpert::explain(const Sequence& now, Symbol symbol) const
{
    if (now.last == kNoSymbol) return {};
    std::string after = now.name(now.last);
    const FollowTable::Row* row = one_.find(followKey(now.last));
    if (order_ >= 2 && now.second != kNoSymbol) {
        const auto* longer = two_.find(followKey(now.last, now.second));
        if (longer && longer->timesOf(symbol) > 0) {
            row = longer;
            after = now.name(now.second) + words::kThen + after;
        }
    }
    if (order_ >= 3 && now.third != kNoSymbol) {
        const auto* longest = three_.find(followKey(now.last, now.second, now.third));
        if (longest && longest->timesOf(symbol) > 0) {
            row = longest;
            after = now.name(now.third) + words::kThen + now.name(now.second) + words::kThen + now.name(now.last);
        }
    }
    if (!row || row->timesOf(symbol) == 0) return {};
    return say(Phrase::NextAfter, after, now.name(symbol), row->timesOf(symbol), Value(row->times, Unit::Times));
}

void RunExpert::learn(Symbol next, const Sequence& before, const Sequence&)
{
    if (before.last == kNoSymbol) return;
    const Symbol what = next == before.last ? kStays : kEnds;
    length_.add(followKey(before.last, lengthClass(before.run)), what);
    model_.add(followKey(before.last), what);
    if (what == kStays) return;
    one_.add(followKey(before.last), next);
    two_.add(followKey(before.last, before.previous), next);
    three_.add(followKey(before.last, before.previous, before.earlier), next);
}

double RunExpert::stays(const Sequence& now) const
{
    const double any = leaning(model_.find(followKey(now.last)), kStays, 0.5, 1);
    return leaning(length_.find(followKey(now.last, lengthClass(now.run))), kStays, any, 2);
}

void RunExpert::predict(const Sequence& now, Distribution& out) const
{
    out = now.base();
    if (now.last == kNoSymbol) return;
    const double own = out[now.last];
    out[now.last] = 0;
    if (own < 1)
        for (double& share : out) share /= 1 - own;
    one_.blend(followKey(now.last), out, out);
    two_.blend(followKey(now.last, now.previous), out, out);
    three_.blend(followKey(now.last, now.previous, now.earlier), out, out);
    const double stay = own < 1 ? stays(now) : 1;
    for (double& share : out) share *= 1 - stay;
    out[now.last] = stay;
}

Sentence RunExpert::explain(const Sequence& now, Symbol symbol) const
{
    if (now.last == kNoSymbol) return {};
    if (symbol == now.last) return say(Phrase::NextRunContinues, now.name(symbol), now.run, Value::share(stays(now)));
    const bool longer = now.previous != kNoSymbol;
    return cameNext(one_.find(followKey(now.last)), now.name(now.last),
                    longer ? two_.find(followKey(now.last, now.previous)) : nullptr,
                    longer ? now.name(now.previous) : std::string(), symbol, now.name(symbol));
}

double RunExpert::followed(Symbol from, Symbol to) const
{
    const auto* row = one_.find(followKey(from));
    if (!row || row->times == 0) return 0;
    return static_cast<double>(row->timesOf(to)) / row->times;
}

void GapExpert::learn(Symbol next, const Sequence& before, const Sequence&)
{
    if (before.last == kNoSymbol) return;
    plain_.add(followKey(before.last), next);
    paused_.add(followKey(before.last, gapClass(before.gap)), next);
}

void GapExpert::predict(const Sequence& now, Distribution& out) const
{
    out = now.base();
    if (now.last == kNoSymbol) return;
    plain_.blend(followKey(now.last), out, out);
    paused_.blend(followKey(now.last, gapClass(now.gap)), out, out);
}

Sentence GapExpert::explain(const Sequence& now, Symbol symbol) const
{
    if (now.last == kNoSymbol) return {};
    const auto* row = paused_.find(followKey(now.last, gapClass(now.gap)));
    if (!row || row->timesOf(symbol) == 0) return {};
    return say(Phrase::NextAfterPause, now.name(now.last), now.gap, now.name(symbol), row->timesOf(symbol),
               Value(row->times, Unit::Times));
}

}  // namespace millrace::load
