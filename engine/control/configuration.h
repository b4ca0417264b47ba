// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "config.pb.h"
#include "control/config_json.h"
#include "control/config_overlay.h"
#include "control/config_schema.h"
#include "control/config_validate.h"

#include <map>
#include <string>
#include <vector>

/// What can be done with a configuration: defaults, checks, JSON, single settings by path, differences, schema.
/// Everything comes from the words that config.proto gives its fields; no setting is named twice.
///
/// A path names a setting: batcher.size_max, backends[0].address, security.hosts_allowed.
///
///     auto config = config::readFile(path);
///     const Status status = config::set(*config, "batcher.size_max", "64");
///     for (const auto& problem : config::validate(*config)) …      // path and message
///     const config::Config full = config::effective(*config);      // every setting filled in
///
/// Not here: what is in force and how it got there (ConfigStore), and what a setting does (its module).
/// Thread: any; there is no state. Errors: InvalidArgument with the path as its field.
namespace millrace::config {

using Config = v1::Config;

struct SettingValue {
    std::string path;
    std::string text;  ///< as get() says it; of a secret only that it is one
};

struct Change {
    std::string path;
    std::string before;  ///< as get() says it; empty: was not there
    std::string after;
    v1::Effect takesEffect{};
};

// The words of JSON and docs: "next_request", "integer".
std::string effectName(v1::Effect effect);
std::string typeName(v1::SettingType type);

// ---- whole configurations ----

/// Every setting filled in. Without backends there is one: the embedded runtime. A minimum or initial size that is not
/// set is clamped to the largest (batcher.size_max = 64 makes batcher.size_initial 64, too).
Config effective(const Config& config);
/// Only what differs from the defaults; effective() of it is the same.
Config sparse(const Config& config);
/// What is different once both are filled in, in the order of config.proto.
std::vector<Change> diff(const Config& before, const Config& after);

// ---- single settings ----

/// Numbers may carry a suffix: 64KiB, 10MiB (1024 each step) where the unit is bytes; 250ms, 5s, 5min, 2h, 7d where it
/// is ms; 25% where it is a share. Switches: true, false, on, off. Lists: comma-separated. An empty text resets. One
/// past the last entry of a list adds one. On an error nothing is changed; ranges are validate()'s.
Status set(Config& config, const std::string& path, const std::string& text);
/// Several by path, in whichever order they can be set: an entry of a list may stand before the one that it follows.
/// Returns what could not be set, and why.
std::vector<FieldProblem> set(Config& config, const std::map<std::string, std::string>& texts);
/// Of the effective configuration; groups and lists of groups come as JSON.
StatusOr<std::string> get(const Config& config, const std::string& path);
/// Back to the default; `backends[1]` removes the entry, `pool` resets a group.
Status reset(Config& config, const std::string& path);
/// Whether the configuration itself carries a value there.
bool isSet(const Config& config, const std::string& path);
/// Every setting of the effective configuration, in order.
std::vector<std::string> paths(const Config& config);
std::vector<SettingValue> values(const Config& config);
/// Only those that the configuration itself carries.
std::vector<SettingValue> valuesSet(const Config& config);
/// The same setting in words of the schema: backends[0].address is backends[].address.
std::string schemaPath(const std::string& path);

/// How the value suffixes work, for --help.
std::string valueHelp();

}  // namespace millrace::config
