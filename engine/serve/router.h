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

/// What a request needs its backend to speak.
enum class Need { Tensors, OpenAi };

/// Which backends have which model, and which of them a request goes to.
///
///     router.setModels(backend, listed);
///     auto choice = router.route("digits-m", Need::Tensors, now);           // then, where that one fails:
///     auto other = router.route("digits-m", Need::Tensors, now, {choice->backend.get()});
///
/// Pure but for asking backends whether they are available and how busy. Thread: one.
class Router {
public:
    struct Place {
        std::shared_ptr<backend::Backend> backend;
        backend::ModelInfo info;
        std::size_t rank = 0;                       ///< of its backend, in the order of the settings
        TimePoint avoidedUntil = TimePoint::min();  ///< it refused or failed: others are preferred until then
    };
    /// Where a request goes.
    struct Choice {
        std::shared_ptr<backend::Backend> backend;
        std::uint32_t batchMax = 0;
        bool others = false;  ///< another backend could serve the request as well, now
    };
    using Tried = std::vector<const backend::Backend*>;
    /// Whether a model is in memory at a backend.
    using IsWarm = std::function<bool(const std::string& model, const backend::Backend& backend)>;

    explicit Router(IsWarm isWarm = nullptr) : isWarm_(std::move(isWarm)) {}

    /// What a backend lists now, in place of what it listed before. `rank`: of backends that are equally good, the
    /// lowest is chosen, whatever the order in which they list.
    void setModels(const std::shared_ptr<backend::Backend>& backend, const std::vector<backend::ModelInfo>& models,
                   std::size_t rank = 0);
    /// Forgets a backend and what it listed.
    void removeBackend(const backend::Backend& backend);
    /// Prefers other places of the model until then.
    void avoid(const std::string& model, const backend::Backend& backend, TimePoint until);

    /// Of the available backends that have the model and speak what is needed, passing over those in `tried`: one that
    /// is not avoided, has the model in memory, and is the least busy.
    /// NotFound: no backend lists it. InvalidArgument: none of them speaks that. Unavailable: each backend's reason.
    StatusOr<Choice> route(const std::string& model, Need need, TimePoint now, const Tried& tried = {}) const;

    /// NotFound when no backend has that version of a model that is known; empty: any.
    Status checkVersion(const std::string& model, std::string_view version) const;

    /// The places of one model; none: unknown.
    const std::vector<Place>& placesOf(const std::string& model) const;
    /// Every model with the places that have it, by name.
    std::vector<std::pair<std::string, Place>> all() const;
    /// The same in any order, without copies.
    template <typename Visit>
    void forEach(Visit visit) const
    {
        for (const auto& [model, places] : places_)
            for (const Place& place : places) visit(model, place);
    }
    bool knows(const std::string& model) const { return places_.contains(model); }
    /// "m, n and 3 more"; empty: there are none.
    std::string someNames() const;
    std::size_t size() const { return places_.size(); }

private:
    const IsWarm isWarm_;
    std::unordered_map<std::string, std::vector<Place>> places_;  // of a model, by rank
};

}  // namespace millrace::serve
