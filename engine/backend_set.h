// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/make_backend.h"
#include "base/error.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "control/configuration.h"
#include "serve/gateway.h"

#include <memory>
#include <string>
#include <vector>

namespace millrace {

/// The backends that the settings name: made, replaced and retired as these change.
///
///     BackendSet backends(strand, clock, registry, eventLog, gateway, {runtimeProgram, sampleModels});
///     if (Status status = backends.apply(config); !status.ok()) …    // all is as it was
///
/// Owner:  Engine.      Thread: the strand.
/// Errors: those of makeBackend(), which name the field; then nothing has changed.
/// Stop:   what is replaced serves until its successor does (serve::BackendCatalogue) and is stopped when the gateway
///         gives it to retire(). Those in force are the engine's to stop.
class BackendSet {
public:
    struct Programs {
        std::string runtime;       ///< path of millrace-runtime
        std::string sampleModels;  ///< repository of a runtime that names none
    };

    /// All of it outlives the set.
    BackendSet(Strand strand, Clock& clock, Registry& registry, EventLog& eventLog, serve::Gateway& gateway,
               Programs programs);

    /// What stands against the backends of these settings, by field; empty: nothing.
    std::vector<config::FieldProblem> check(const config::v1::Config& config) const;
    Status apply(const config::v1::Config& config);
    /// Nothing new goes there: what is in flight finishes, and it is stopped.
    void retire(const std::shared_ptr<backend::Backend>& backend);

    /// Null: there is none of that name.
    std::shared_ptr<backend::AdministeredBackend> find(const std::string& name) const;
    /// In the order of the settings.
    std::vector<std::shared_ptr<backend::AdministeredBackend>> all() const;
    backend::BackendOptions optionsOf(const config::v1::Backend& backend, const config::v1::Config& config) const;

private:
    struct Running {
        std::string identity;
        std::shared_ptr<backend::AdministeredBackend> backend;
        bool enabled = true;
    };
    std::shared_ptr<backend::AdministeredBackend> running(const std::string& identity) const;
    std::vector<serve::Served> served(const std::vector<Running>& next) const;

    Strand strand_;
    Clock& clock_;
    Registry& registry_;
    EventLog& eventLog_;
    serve::Gateway& gateway_;
    const Programs programs_;
    std::vector<Running> backends_;  // as the settings name them
    std::vector<Running> replaced_;  // those before, which serve until the new ones do
};

}  // namespace millrace
