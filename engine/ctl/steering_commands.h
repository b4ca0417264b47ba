// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ctl/connection.h"

#include <cstdint>
#include <string>

/// The commands of millracectl that act on the engine.
/// Each writes its answer to standard output and errors to standard error, and returns the exit status.
namespace millrace::ctl {

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

}  // namespace millrace::ctl
