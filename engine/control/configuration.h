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

/// Operations on configurations: defaults, single settings by path, differences. Everything is derived by reflection
/// from the field options in config.proto, where each setting is declared once.
///
/// A path identifies a setting: batcher.size_max, backends[0].address, security.hosts_allowed.
///
///     auto config = config::readFile(path);
///     const Status status = config::set(*config, "batcher.size_max", "64");
///     for (const auto& problem : config::validate(*config)) …      // path and message
///     const config::Config full = config::effective(*config);      // every setting filled in
///
/// Not here: JSON (config_json.h), validation (config_validate.h), schema (config_schema.h), what is in force
/// (ConfigStore), what a setting does (its module).
/// Pure. Thread: any. Errors: InvalidArgument with the path as its field.
namespace millrace::config {

using Config = v1::Config;

struct SettingValue {
    std::string path;
    std::string text;  ///< as get() returns it; secrets are masked
};

struct Change {
    std::string path;
    std::string before;  ///< as get() returns it; empty: did not exist
    std::string after;   ///< empty: does not exist any more
    v1::Effect takesEffect{};
};

// Names in JSON and docs: "next_request", "integer".
std::string effectName(v1::Effect effect);
std::string typeName(v1::SettingType type);

// ---- whole configurations ----

/// Fills in the defaults of all settings. Without backends, adds one: the embedded runtime. An unset minimum or initial
/// size is clamped to the maximum (batcher.size_max = 64 makes batcher.size_initial 64, too).
Config effective(const Config& config);
/// Removes what equals the defaults; effective() of the result is unchanged.
Config sparse(const Config& config);
/// The differences between the effective configurations, in the order of config.proto.
std::vector<Change> diff(const Config& before, const Config& after);

// ---- single settings ----

/// Sets one setting. Numbers may have a suffix: 64KiB, 10MiB for bytes; 250ms, 5s, 5min, 2h, 7d for durations; 25% for
/// shares.
/// Switches: true, false, on, off. Lists: comma-separated. Empty: resets. An index one past the end of a list adds an
/// entry. On an error nothing is changed. Ranges are not checked: see validate().
Status set(Config& config, const std::string& path, const std::string& text);
/// Sets several, in any order that works: an entry of a list may precede the one it follows. Returns those that could
/// not be set; the others are.
std::vector<FieldProblem> set(Config& config, const std::map<std::string, std::string>& texts);
/// The effective value as text; groups, and lists of groups, as JSON.
StatusOr<std::string> get(const Config& config, const std::string& path);
/// Restores the default; `backends[1]` removes the entry, `pool` resets a group.
Status reset(Config& config, const std::string& path);
/// True if the configuration itself sets the value.
bool isSet(const Config& config, const std::string& path);
/// Every setting of the effective configuration, in order.
std::vector<std::string> paths(const Config& config);
std::vector<SettingValue> values(const Config& config);
/// Only those that the configuration itself sets.
std::vector<SettingValue> valuesSet(const Config& config);
/// The path in the schema: "backends[0].address" gives "backends[].address".
std::string schemaPath(const std::string& path);

/// An explanation of the value suffixes, for --help.
std::string valueHelp();

}  // namespace millrace::config
