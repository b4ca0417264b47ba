// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/compare_report.h"

#include "bench/markdown_table.h"
#include "bench/statistics.h"

#include <absl/strings/str_format.h>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numeric>
#include <random>
#include <utility>

namespace millrace::bench {

namespace {

/// 12345.6 -> "12,346"; "–" where nothing was measured.
std::string cellOf(double value, int decimals)
{
    if (!std::isfinite(value)) return "–";
    std::string text = absl::StrFormat("%.*f", decimals, value);
    const auto dot = std::min(text.find('.'), text.size());
    const std::size_t first = text.starts_with('-') ? 1 : 0;
    for (auto at = dot; at > first + 3; at -= 3) text.insert(at - 3, ",");
    return text;
}

}  // namespace

double frontier(std::span<const SweepPoint> points, double p99Ms)
{
    double most = 0;
    for (const auto& point : points)
        if (point.p99Ms <= p99Ms) most = std::max(most, point.rps);
    return most;
}

std::vector<std::size_t> shuffled(std::size_t count, std::uint64_t seed)
{
    std::vector<std::size_t> order(count);
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::shuffle(order.begin(), order.end(), std::mt19937_64(seed));
    return order;
}

CompareReport::CompareReport(std::vector<std::string> peers, std::string machine)
    : peers_(std::move(peers)), machine_(std::move(machine))
{}

void CompareReport::add(int round, const std::string& peer, const std::string& key, double value)
{
    rounds_ = std::max(rounds_, round + 1);
    if (std::isfinite(value)) values_[peer][key][round] = value;
}

void CompareReport::note(std::string text)
{
    if (std::find(notes_.begin(), notes_.end(), text) == notes_.end()) notes_.push_back(std::move(text));
}

double CompareReport::value(const std::string& peer, const CompareRow& row) const
{
    return median(valuesOf(peer, row));
}

std::vector<double> CompareReport::valuesOf(const std::string& peer, const CompareRow& row) const
{
    const auto of = [&](const std::string& name) -> const std::map<int, double>* {
        const auto found = values_.find(name);
        if (found == values_.end()) return nullptr;
        const auto figure = found->second.find(row.key);
        return figure == found->second.end() ? nullptr : &figure->second;
    };
    const auto* own = of(peer);
    if (own == nullptr) return {};
    const auto* zero = of(kDirect);
    std::vector<double> values;
    for (const auto& [round, value] : *own) {
        if (!row.added || peer == kDirect) {
            values.push_back(value);
        } else if (zero != nullptr) {
            if (const auto same = zero->find(round); same != zero->end()) values.push_back(value - same->second);
        }
    }
    return values;
}

std::string CompareReport::text(std::span<const CompareTable> tables, bool spread) const
{
    std::string out =
        machine_ + "; medians of " + std::to_string(rounds_) + (rounds_ == 1 ? " round" : " rounds") + "\n";
    for (const auto& table : tables) {
        std::vector<std::string> titles{""};
        titles.insert(titles.end(), peers_.begin(), peers_.end());
        MarkdownTable written(std::move(titles));
        for (const auto& row : table.rows) {
            std::vector<std::string> cells{row.title};
            bool any = false;
            for (const auto& peer : peers_) {
                const double value = this->value(peer, row);
                any = any || std::isfinite(value);
                const bool difference = row.added && peer != kDirect;
                const auto cell = [&](double of) {
                    return (difference && of >= 0 ? "+" : "") + cellOf(of, row.decimals);
                };
                cells.push_back(cell(value));
                if (!spread || !std::isfinite(value)) continue;
                const auto [low, high] = quartiles(valuesOf(peer, row));
                cells.back() += " (" + cell(low) + " … " + cell(high) + ")";
            }
            if (any) written.add(std::move(cells));
        }
        if (!written.empty()) out += "\n" + table.title + "\n\n" + written.text();
    }
    for (const auto& note : notes_) out += "\n" + note + "\n";
    return out;
}

std::string CompareReport::json() const
{
    boost::json::object peers;
    for (const auto& [peer, figures] : values_) {
        boost::json::object of;
        for (const auto& [key, rounds] : figures) {
            std::vector<double> values;
            for (const auto& [round, value] : rounds) values.push_back(value);
            boost::json::array list(values.begin(), values.end());
            of[key] = boost::json::object{{"median", median(values)}, {"values", std::move(list)}};
        }
        peers[peer] = std::move(of);
    }
    boost::json::array notes(notes_.begin(), notes_.end());
    return boost::json::serialize(boost::json::object{
               {"machine", machine_}, {"rounds", rounds_}, {"peers", std::move(peers)}, {"notes", std::move(notes)}}) +
           "\n";
}

}  // namespace millrace::bench
