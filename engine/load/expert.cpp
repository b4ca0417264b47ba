// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/expert.h"

#include "load/words.h"
#include "phrases.h"

#include <algorithm>

namespace millrace::load {

std::uint32_t FollowTable::Row::timesOf(Symbol symbol) const
{
    for (const Follower& follower : followers)
        if (follower.symbol == symbol) return follower.times;
    return 0;
}

void FollowTable::add(std::uint64_t key, Symbol next)
{
    if (rows_.size() >= kRowsMax && !rows_.contains(key)) {
        const std::uint64_t old = touches_ - std::min<std::uint64_t>(touches_, kRowsMax / 2);
        std::erase_if(rows_, [&](const auto& row) { return row.second.touched < old; });
    }
    Row& row = rows_[key];
    row.touched = ++touches_;
    ++row.times;
    if (row.weight >= memory_) {
        const float keep = (memory_ - 1) / row.weight;
        for (Follower& follower : row.followers) follower.weight *= keep;
        row.weight *= keep;
        std::erase_if(row.followers, [](const Follower& follower) { return follower.weight < 1e-3f; });
    }
    row.weight += 1;
    for (Follower& follower : row.followers) {
        if (follower.symbol != next) continue;
        follower.weight += 1;
        ++follower.times;
        return;
    }
    row.followers.push_back({next, 1, 1});
}

const FollowTable::Row* FollowTable::find(std::uint64_t key) const
{
    const auto place = rows_.find(key);
    return place == rows_.end() ? nullptr : &place->second;
}

void FollowTable::blend(std::uint64_t key, const Distribution& fallback, Distribution& out) const
{
    const Row* row = find(key);
    if (!row) {
        if (&fallback != &out) out = fallback;
        return;
    }
    const double escape = row->escape();
    const double scale = 1 / (static_cast<double>(row->weight) + escape);
    out.resize(fallback.size());
    for (std::size_t symbol = 0; symbol < out.size(); ++symbol) out[symbol] = fallback[symbol] * escape * scale;
    for (const Follower& follower : row->followers)
        if (follower.symbol < out.size()) out[follower.symbol] += static_cast<double>(follower.weight) * scale;
}

std::uint64_t followKey(Symbol first, Symbol second, Symbol third)
{
    constexpr std::uint64_t mask = (1u << 21) - 1;
    return (first & mask) | (second & mask) << 21 | (third & mask) << 42;
}

std::uint64_t programKey(std::uint64_t program, Symbol last, Symbol previous, Symbol earlier)
{
    std::uint64_t key = program;
    for (std::uint64_t part : {std::uint64_t{last}, std::uint64_t{previous}, std::uint64_t{earlier}})
        key = (key ^ (part + 0x9e3779b97f4a7c15ull)) * 0xff51afd7ed558ccdull;
    return key ^ (key >> 32);
}

double distributeMass(const FollowTable::Row* row, double left, SparseShares& shares)
{
    if (!row) return left;
    const double escape = row->escape();
    const double scale = left / (static_cast<double>(row->weight) + escape);
    for (const auto& follower : row->followers) {
        const double share = static_cast<double>(follower.weight) * scale;
        const auto known = std::find_if(shares.begin(), shares.end(),
                                        [&](const auto& entry) { return entry.first == follower.symbol; });
        if (known != shares.end()) {
            known->second += share;
        } else {
            shares.emplace_back(follower.symbol, share);
        }
    }
    return escape * scale;
}

Sentence cameNext(const FollowTable::Row* afterOne, const std::string& last, const FollowTable::Row* afterTwo,
                  const std::string& previous, Symbol symbol, const std::string& name, const std::string& where)
{
    const bool longer = afterTwo && afterTwo->timesOf(symbol) > 0;
    const FollowTable::Row* row = longer ? afterTwo : afterOne;
    if (!row || row->timesOf(symbol) == 0) return {};
    const std::string after = longer ? previous + words::kThen + last : last;
    const std::uint32_t times = row->timesOf(symbol);
    const Value of(row->times, Unit::Times);
    if (where.empty()) return say(Phrase::NextChangesTo, after, name, times, of);
    return say(Phrase::NextChangesToAt, after, name, times, of, where);
}

}  // namespace millrace::load
