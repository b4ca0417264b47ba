// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ctl/connection.h"
#include "ctl/error_output.h"

#include <cstdint>
#include <string>
#include <vector>

/// What millracectl can do, a function a command. Each writes its answer to standard output and errors to standard
/// error, and returns how the program ends.
namespace millrace::ctl {

// ---- what is to be seen ----
int showStatus(Connection& engine, bool json);
int showTop(Connection& engine, bool json, bool once, double rateHz);
int showModels(Connection& engine, bool json);
int showRequests(Connection& engine, bool json, bool openOnly, std::uint32_t most);
int showEvents(Connection& engine, bool json, bool follow, std::uint32_t most, const std::string& severity);
int showMetrics(Connection& engine, bool json);

// ---- what is to be done ----
int loadModel(Connection& engine, bool json, const std::string& model, bool wait);
int unloadModel(Connection& engine, bool json, const std::string& model, bool wait);
int pinModel(Connection& engine, bool json, const std::string& model, bool pinned);
/// `time`: as settings take it ("5min"), "never", or "default" for the setting's.
int setIdleTtl(Connection& engine, bool json, const std::string& model, const std::string& time);
int setPreload(Connection& engine, bool json, const std::string& model, bool preload);
int cancelRequest(Connection& engine, bool json, std::uint64_t id);
int evictConnections(Connection& engine, bool json, const std::string& backend, const std::string& protocol);
int drainBackend(Connection& engine, bool json, const std::string& backend, bool draining);
int probeBackend(Connection& engine, bool json, const std::string& backend, const std::string& protocol);
int shutdown(Connection& engine, bool json);

// ---- configuration ----
struct Change {
    std::uint64_t base = 0;  ///< 0: whichever is in force
    bool dryRun = false;
    bool guarded = false;
    std::string comment;
};
int getConfig(Connection& engine, bool json, const std::string& path, bool changed);
int setConfig(Connection& engine, bool json, const std::vector<std::string>& assignments, const Change& how);
int applyConfig(Connection& engine, bool json, const std::string& file, const Change& how);
/// Against the defaults; against `revision`; or what `file` would change. 0 and empty: not given.
int diffConfig(Connection& engine, bool json, std::uint64_t revision, const std::string& file);
int showRevisions(Connection& engine, bool json, std::uint32_t most);
int rollback(Connection& engine, bool json, std::uint64_t revision);
/// Needs no engine.
int showSchema(bool json, bool markdown);

}  // namespace millrace::ctl
