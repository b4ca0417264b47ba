// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/baseline.h"

#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>

namespace millrace::bench {

namespace {

namespace json = boost::json;

void flatten(const json::value& value, const std::string& place, std::map<std::string, double>& out)
{
    const auto within = [&](std::string_view name) {
        return place.empty() ? std::string(name) : place + "." + std::string(name);
    };
    if (value.is_number()) {
        out[place] = value.to_number<double>();
    } else if (const auto* object = value.if_object()) {
        if (object->contains("median") && object->contains("values")) {  // of rounds
            flatten(object->at("median"), place, out);
            return;
        }
        for (const auto& [key, member] : *object) flatten(member, within({key.data(), key.size()}), out);
    } else if (const auto* array = value.if_array()) {
        for (const auto& element : *array) {
            const auto* row = element.if_object();
            const auto* name = row ? row->if_contains("name") : nullptr;
            if (name && name->is_string())
                flatten(element, within({name->as_string().data(), name->as_string().size()}), out);
        }
    }
}

/// "peers.NAME.": the peer that the figure is of.
std::optional<std::string_view> peerOf(std::string_view name)
{
    constexpr std::string_view kPeers = "peers.";
    if (!name.starts_with(kPeers)) return std::nullopt;
    name.remove_prefix(kPeers.size());
    return name.substr(0, name.find('.'));
}

/// Every peer's figures as multiples of this one's.
void relate(std::map<std::string, double>& figures, const std::string& peer)
{
    std::map<std::string, double> out;
    for (const auto& [name, value] : figures) {
        const auto of = peerOf(name);
        if (!of || *of == peer) continue;
        const auto own = figures.find("peers." + peer + name.substr(name.find(*of) + of->size()));
        if (own != figures.end() && own->second != 0) out[name] = value / own->second;
    }
    figures = std::move(out);
}

}  // namespace

Better betterOf(std::string_view name)
{
    constexpr std::array<std::string_view, 5> kMore = {"rps", "ratio", "per_second", "frontier", "_rate"};
    constexpr std::array<std::string_view, 13> kLess = {"_ms",   ".ms",   "_us", "p50",  "p99",  "cpu",   "memory",
                                                        "bytes", "first", "gap", "time", "kib_", "failed"};
    const auto has = [&](std::string_view word) { return name.find(word) != std::string_view::npos; };
    if (has("asked") || has("seconds") || has("iterations") || has("repetition")) return Better::Neither;
    if (std::any_of(kMore.begin(), kMore.end(), has)) return Better::More;
    return std::any_of(kLess.begin(), kLess.end(), has) ? Better::Less : Better::Neither;
}

StatusOr<std::map<std::string, double>> figuresOf(std::string_view text)
{
    boost::system::error_code error;
    const json::value value = json::parse({text.data(), text.size()}, error);
    if (error) return invalidArgument("not valid JSON: " + error.message());
    std::map<std::string, double> out;
    flatten(value, "", out);
    if (out.empty()) return invalidArgument("it contains no figures of a bench");
    return out;
}

std::vector<Difference> differences(std::map<std::string, double> before, std::map<std::string, double> after,
                                    const std::string& peer, double tolerance)
{
    if (!peer.empty()) {
        relate(before, peer);
        relate(after, peer);
    }
    std::vector<Difference> out;
    for (const auto& [name, was] : before) {
        const auto now = after.find(name);
        if (now == after.end()) continue;
        Difference difference{name, was, now->second, std::numeric_limits<double>::quiet_NaN(), false};
        if (was != 0) difference.ratio = now->second / was;
        switch (betterOf(name)) {
            case Better::More:
                difference.worse = now->second < was * (1 - tolerance);
                break;
            case Better::Less:
                difference.worse = now->second > was * (1 + tolerance);
                break;
            case Better::Neither:
                break;
        }
        out.push_back(std::move(difference));
    }
    return out;
}

}  // namespace millrace::bench
