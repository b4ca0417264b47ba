// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/router.h"

#include "base/text.h"

#include <algorithm>
#include <tuple>

namespace millrace::serve {

namespace {

constexpr std::size_t kNamedMax = 8;  // models that an error names

bool speaks(const backend::Backend& backend, Need need)
{
    const auto can = backend.capabilities();
    return need == Need::Tensors ? can.tensors : can.openai;
}

}  // namespace

void Router::setModels(const std::shared_ptr<backend::Backend>& backend, const std::vector<backend::ModelInfo>& models,
                       std::size_t rank)
{
    std::unordered_map<std::string, TimePoint> avoided;
    for (const auto& [model, places] : places_)
        for (const Place& place : places)
            if (place.backend == backend && place.avoidedUntil != TimePoint::min())
                avoided.emplace(model, place.avoidedUntil);
    removeBackend(*backend);
    for (const auto& info : models) {
        auto& places = places_[info.name];
        if (std::any_of(places.begin(), places.end(), [&](const Place& place) { return place.backend == backend; }))
            continue;  // named twice
        Place place{backend, info, rank, TimePoint::min()};
        if (const auto found = avoided.find(info.name); found != avoided.end()) place.avoidedUntil = found->second;
        const auto after = std::find_if(places.begin(), places.end(), [&](const Place& other) {
            return std::tie(other.rank, other.backend->name()) > std::tie(rank, backend->name());
        });
        places.insert(after, std::move(place));
    }
}

void Router::removeBackend(const backend::Backend& backend)
{
    for (auto& [model, places] : places_)
        std::erase_if(places, [&](const Place& place) { return place.backend.get() == &backend; });
    std::erase_if(places_, [](const auto& entry) { return entry.second.empty(); });
}

void Router::avoid(const std::string& model, const backend::Backend& backend, TimePoint until)
{
    const auto found = places_.find(model);
    if (found == places_.end()) return;
    for (Place& place : found->second)
        if (place.backend.get() == &backend) place.avoidedUntil = std::max(place.avoidedUntil, until);
}

StatusOr<Router::Choice> Router::route(const std::string& model, Need need, TimePoint now, const Tried& tried) const
{
    const auto found = places_.find(model);
    if (found == places_.end()) {
        const std::string known = someNames();
        return withField(notFound("model " + quotedName(model) + " does not exist; " +
                                  (known.empty() ? std::string("no backend lists a model") : "available: " + known)),
                         "model");
    }
    const auto& places = found->second;
    const bool choice = places.size() > 1;
    const Place* best = nullptr;
    std::tuple<bool, bool, std::uint32_t> bestCost;
    std::size_t usable = 0;
    bool speaking = false;
    std::string reasons;
    for (const Place& place : places) {
        if (!speaks(*place.backend, need)) continue;
        speaking = true;
        std::string why;
        if (std::find(tried.begin(), tried.end(), place.backend.get()) != tried.end()) {
            why = "was tried";
        } else if (place.backend->available(&why)) {
            ++usable;
            std::tuple<bool, bool, std::uint32_t> cost;
            if (choice)
                cost = {place.avoidedUntil > now, isWarm_ && !isWarm_(model, *place.backend),
                        place.backend->outstanding()};
            if (best && !(cost < bestCost)) continue;
            best = &place;
            bestCost = cost;
            continue;
        }
        reasons += (reasons.empty() ? "" : "; ") + place.backend->name() + ": " + why;
    }
    if (best) {
        Choice chosen{best->backend, best->info.batchMax, usable > 1};
        return chosen;
    }
    if (!speaking)
        return withField(
            invalidArgument("model '" + model + "' is on backend " + places.front().backend->name() +
                            (need == Need::OpenAi ? ", which does not support OpenAI routes"
                                                  : ", which does not support tensor inference, only OpenAI routes")),
            "model");
    return withRetryAfter(unavailable("no backend can serve '" + model + "' now: " + reasons), std::chrono::seconds(1));
}

Status Router::checkVersion(const std::string& model, std::string_view version) const
{
    if (version.empty()) return absl::OkStatus();
    std::string has;
    for (const Place& place : placesOf(model)) {
        if (place.info.version.empty() || place.info.version == version) return absl::OkStatus();
        has = place.info.version;
    }
    if (has.empty()) return absl::OkStatus();
    return withField(notFound("model '" + model + "' has version " + has + ", not " + washed(version, kNameBytesMax)),
                     "model_version");
}

const std::vector<Router::Place>& Router::placesOf(const std::string& model) const
{
    static const std::vector<Place> kNone;
    const auto found = places_.find(model);
    return found == places_.end() ? kNone : found->second;
}

std::vector<std::pair<std::string, Router::Place>> Router::all() const
{
    std::vector<std::pair<std::string, Place>> out;
    for (const auto& [model, places] : places_)
        for (const auto& place : places) out.emplace_back(model, place);
    std::sort(out.begin(), out.end(), [](const auto& left, const auto& right) {
        return std::tie(left.first, left.second.rank, left.second.backend->name()) <
               std::tie(right.first, right.second.rank, right.second.backend->name());
    });
    return out;
}

std::string Router::someNames() const
{
    std::vector<std::string> names;
    names.reserve(places_.size());
    for (const auto& entry : places_) names.push_back(entry.first);
    const auto shown = std::min(names.size(), kNamedMax);
    std::partial_sort(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(shown), names.end());
    std::string known;
    for (std::size_t i = 0; i < shown; ++i) known += (i ? ", " : "") + washed(names[i], kNameBytesMax);
    if (names.size() > shown) known += " and " + std::to_string(names.size() - shown) + " more";
    return known;
}

}  // namespace millrace::serve
