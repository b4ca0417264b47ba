// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "config.pb.h"

#include <map>
#include <string>
#include <vector>

/// Settings given beside the file, by the environment and by flags; and where files are. Part of configuration.h.
namespace millrace::config {

/// A setting given beside the file. Flags win over the environment, both over everything else.
struct Override {
    enum class Source { Environment, Flag };
    std::string path;
    std::string text;
    Source source;
    std::string origin;  ///< MILLRACE_BATCHER_SIZE_MAX, --set batcher.size_max
};

/// MILLRACE_BATCHER_SIZE_MAX, MILLRACE_BACKENDS_0_ADDRESS. A name that begins like a group but is none of its settings
/// is an error; other MILLRACE_ names are left alone.
StatusOr<std::vector<Override>> fromEnvironment(const std::map<std::string, std::string>& environment);
/// "path=value", as --set takes it.
StatusOr<Override> fromFlag(const std::string& assignment);
std::string environmentName(const std::string& path);
Status apply(v1::Config& config, const std::vector<Override>& overrides);
/// The variables of this process.
std::map<std::string, std::string> processEnvironment();

// ---- places ----

/// $XDG_RUNTIME_DIR/millrace/control.sock; without it /tmp/millrace-<uid>/control.sock.
std::string defaultControlPath();
/// $XDG_CONFIG_HOME/millrace/engine.json, else ~/.config/…
std::string defaultConfigFile();
/// $XDG_STATE_HOME/millrace, else ~/.local/state/millrace.
std::string defaultStateDir();

}  // namespace millrace::config
