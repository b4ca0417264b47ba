// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/router.h"

#include <algorithm>

namespace millrace::serve {

namespace {

constexpr std::size_t kNamedMax = 8;  // models that an error names

}  // namespace

void Router::setModels(const std::shared_ptr<backend::Backend>& backend, const std::vector<backend::ModelInfo>& models)
{
    removeBackend(backend->name());
    for (const auto& info : models) places_[info.name].push_back({backend, info});
}

void Router::removeBackend(const std::string& name)
{
    for (auto& [model, places] : places_)
        std::erase_if(places, [&](const Place& place) { return place.backend->name() == name; });
    std::erase_if(places_, [](const auto& entry) { return entry.second.empty(); });
}

StatusOr<Router::Place> Router::route(const std::string& model, const std::set<std::string>& tried) const
{
    const auto found = places_.find(model);
    if (found == places_.end()) {
        std::vector<std::string> names;
        for (const auto& entry : places_) names.push_back(entry.first);
        std::sort(names.begin(), names.end());
        std::string known;
        for (std::size_t i = 0; i < names.size() && i < kNamedMax; ++i) known += (i ? ", " : "") + names[i];
        if (names.size() > kNamedMax) known += " and " + std::to_string(names.size() - kNamedMax) + " more";
        return withField(
            notFound("model '" + model + "' does not exist; " +
                     (known.empty() ? std::string("no backend has listed a model yet") : "there are: " + known)),
            "model");
    }
    const Place* best = nullptr;
    std::string reasons;
    for (const auto& place : found->second) {
        std::string why;
        if (tried.contains(place.backend->name())) {
            why = "was tried";
        } else if (place.backend->available(&why)) {
            if (!best || place.backend->outstanding() < best->backend->outstanding()) best = &place;
            continue;
        }
        reasons += (reasons.empty() ? "" : "; ") + place.backend->name() + " " + why;
    }
    if (best) return *best;
    return withRetryAfter(unavailable("no backend can serve '" + model + "' now: " + reasons), 1s);
}

bool Router::hasOther(const std::string& model, const std::string& backend) const
{
    const auto found = places_.find(model);
    if (found == places_.end() || found->second.size() < 2) return false;
    return std::any_of(found->second.begin(), found->second.end(), [&](const Place& place) {
        return place.backend->name() != backend && place.backend->available();
    });
}

std::vector<std::pair<std::string, Router::Place>> Router::all() const
{
    std::vector<std::pair<std::string, Place>> out;
    for (const auto& [model, places] : places_)
        for (const auto& place : places) out.emplace_back(model, place);
    std::sort(out.begin(), out.end(), [](const auto& left, const auto& right) {
        return std::pair(left.first, left.second.backend->name()) <
               std::pair(right.first, right.second.backend->name());
    });
    return out;
}

}  // namespace millrace::serve
