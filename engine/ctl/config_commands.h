// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ctl/connection.h"

#include <cstdint>
#include <string>
#include <vector>

/// The commands of millracectl for settings and their revisions.
/// Each writes its answer to standard output and errors to standard error, and returns the exit status.
namespace millrace::ctl {

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
