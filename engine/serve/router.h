// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "base/error.h"

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace millrace::serve {

/// Which backends have which model, and which of them a request goes to.
/// Pure but for asking backends whether they are available and how busy. Thread: one.
class Router {
public:
    struct Place {
        std::shared_ptr<backend::Backend> backend;
        backend::ModelInfo info;
    };

    /// What a backend lists now, in place of what it listed before.
    void setModels(const std::shared_ptr<backend::Backend>& backend, const std::vector<backend::ModelInfo>& models);
    /// Forgets a backend and what it listed.
    void removeBackend(const std::string& name);

    /// The least busy available backend that has the model, passing over those in `tried`.
    /// NotFound with what there is; Unavailable with each backend's reason.
    StatusOr<Place> route(const std::string& model, const std::set<std::string>& tried = {}) const;

    /// Whether another available backend than `backend` has the model.
    bool hasOther(const std::string& model, const std::string& backend) const;

    /// Every model with the places that have it, by name.
    std::vector<std::pair<std::string, Place>> all() const;
    bool knows(const std::string& model) const { return places_.contains(model); }
    std::size_t size() const { return places_.size(); }

private:
    std::unordered_map<std::string, std::vector<Place>> places_;
};

}  // namespace millrace::serve
