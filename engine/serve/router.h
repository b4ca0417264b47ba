// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/clock.h"
#include "base/error.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::serve {

/// The API that a request needs of its backend.
enum class Need { Tensors, OpenAi };

/// Which backends have which models, and which of them gets a request.
///
///     router.setModels(backend, listed);
///     auto choice = router.route("digits-m", Need::Tensors, now);           // then, if that one fails:
///     auto other = router.route("digits-m", Need::Tensors, now, {choice->backend.get()});
///
/// Pure, except that it queries availability and load of the backends. Thread: one.
class Router {
public:
    struct Place {
        std::shared_ptr<backend::Backend> backend;
        backend::ModelInfo info;
        std::size_t rank = 0;                       ///< of its backend, in configuration order
        TimePoint avoidedUntil = TimePoint::min();  ///< after a refusal or failure: others are preferred
    };
    /// The result of route(). batchMax: see ModelInfo.
    struct Choice {
        std::shared_ptr<backend::Backend> backend;
        std::uint32_t batchMax = 0;
        bool others = false;  ///< another backend could serve the request now
    };
    using Tried = std::vector<const backend::Backend*>;
    /// Whether a model is in memory at a backend.
    using IsWarm = std::function<bool(const std::string& model, const backend::Backend& backend)>;

    explicit Router(IsWarm isWarm = nullptr) : isWarm_(std::move(isWarm)) {}

    /// Replaces the list of a backend. `rank`: of equally good backends, the one with the lowest is chosen.
    void setModels(const std::shared_ptr<backend::Backend>& backend, const std::vector<backend::ModelInfo>& models,
                   std::size_t rank = 0);
    /// Forgets a backend and what it listed.
    void removeBackend(const backend::Backend& backend);
    /// Prefers other backends for this model until then.
    void avoid(const std::string& model, const backend::Backend& backend, TimePoint until);

    /// Chooses among the available backends with the model and the API, except `tried`: not avoided ones first, then
    /// those with the model in memory, then the least busy.
    /// NotFound: no backend lists it. InvalidArgument: none has the API. Unavailable: with each backend's reason.
    StatusOr<Choice> route(const std::string& model, Need need, TimePoint now, const Tried& tried = {}) const;

    /// NotFound if no backend has that version of a known model; empty: any version.
    Status checkVersion(const std::string& model, std::string_view version) const;

    /// The backends with a model; empty: unknown model. Valid until the next change.
    const std::vector<Place>& placesOf(const std::string& model) const;
    /// Every model at every backend, sorted by name.
    std::vector<std::pair<std::string, Place>> all() const;
    /// The same, unordered and without copies.
    template <typename Visit>
    void forEach(Visit visit) const
    {
        for (const auto& [model, places] : places_)
            for (const Place& place : places) visit(model, place);
    }
    bool knows(const std::string& model) const { return places_.contains(model); }
    /// For error messages: "m, n and 3 more"; empty: no models.
    std::string someNames() const;
    std::size_t size() const { return places_.size(); }

private:
    const IsWarm isWarm_;
    std::unordered_map<std::string, std::vector<Place>> places_;  // of a model, by rank
};

}  // namespace millrace::serve
