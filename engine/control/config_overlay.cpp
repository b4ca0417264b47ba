// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_overlay.h"

#include "base/letters.h"
#include "control/config_fields.h"
#include "control/configuration.h"

#include <cstdlib>
#include <unistd.h>

namespace millrace::config {

namespace {

constexpr const char* kPrefix = "MILLRACE_";

/// The path that a variable names; matched along the tree, since names contain underscores themselves.
std::optional<std::string> pathOf(const Descriptor& type, const std::string& rest, const std::string& prefix)
{
    for (int i = 0; i < type.field_count(); ++i) {
        const Field& field = *type.field(i);
        const std::string name = uppered(field.name());
        const std::string path = join(prefix, field.name());
        if (!isGroup(field)) {
            if (rest == name) return path;
            continue;
        }
        if (rest.rfind(name + '_', 0) != 0) continue;
        std::string below = rest.substr(name.size() + 1);
        if (!field.is_repeated()) {
            if (auto found = pathOf(*field.message_type(), below, path)) return found;
            continue;
        }
        const std::size_t digits = below.find_first_not_of("0123456789");
        if (digits == 0 || digits == std::string::npos || digits > 6 || below[digits] != '_') continue;
        const std::string at = path + '[' + below.substr(0, digits) + ']';
        if (auto found = pathOf(*field.message_type(), below.substr(digits + 1), at)) return found;
    }
    return std::nullopt;
}

/// Begins like a group: certainly meant for us.
bool looksLikeSetting(const std::string& rest)
{
    const auto& type = *Config::descriptor();
    for (int i = 0; i < type.field_count(); ++i)
        if (rest.rfind(uppered(type.field(i)->name()) + '_', 0) == 0) return true;
    return false;
}

std::string nearestVariable(const std::string& name)
{
    std::vector<std::string> names;
    for (const auto& info : schema()) {
        std::string known = lowered(environmentName(info.path));  // backends[].name gives two underscores
        if (const auto at = known.find("__"); at != std::string::npos) known.replace(at, 2, "_0_");
        names.push_back(std::move(known));
    }
    return uppered(nearest(name, names));
}

std::string variable(const char* name)
{
    const char* value = std::getenv(name);
    return value ? value : "";
}

std::string homeFolder(const char* xdg, const std::string& below)
{
    const std::string base = variable(xdg);
    // The XDG rules: a relative path there is to be ignored.
    if (!base.empty() && base.front() == '/') return base;
    const std::string home = variable("HOME");
    return (home.empty() ? std::string("/tmp/millrace-") + std::to_string(getuid()) : home) + below;
}

}  // namespace

std::string environmentName(const std::string& path)
{
    std::string name = kPrefix;
    for (char letter : uppered(path)) {
        if (letter == ']') continue;
        name += letter == '.' || letter == '[' ? '_' : letter;
    }
    return name;
}

StatusOr<std::vector<Override>> fromEnvironment(const std::map<std::string, std::string>& environment)
{
    const std::string prefix = kPrefix;
    std::vector<Override> overrides;
    for (const auto& [name, value] : environment) {
        if (name.rfind(prefix, 0) != 0) continue;
        const std::string rest = name.substr(prefix.size());
        const auto path = pathOf(*Config::descriptor(), rest, {});
        if (path) {
            overrides.push_back({*path, value, Override::Source::Environment, name});
        } else if (looksLikeSetting(rest)) {
            const std::string near = nearestVariable(name);
            return invalidArgument("the environment variable " + name + " does not name a setting" +
                                   (near.empty() ? "" : "; did you mean " + near + "?"));
        }
    }
    return overrides;
}

StatusOr<Override> fromFlag(const std::string& assignment)
{
    const std::size_t equals = assignment.find('=');
    if (equals == std::string::npos || equals == 0)
        return invalidArgument("\"" + assignment + "\" must be path=value, such as batcher.size_max=64");
    return Override{assignment.substr(0, equals), assignment.substr(equals + 1), Override::Source::Flag,
                    "--set " + assignment};
}

Status apply(Config& config, const std::vector<Override>& overrides)
{
    Config changed = config;
    for (const auto& entry : overrides) {
        Status status = set(changed, entry.path, entry.text);
        if (!status.ok()) {
            const std::string from =
                entry.source == Override::Source::Environment ? "environment variable " + entry.origin : entry.origin;
            return withField(invalidArgument(from + ": " + text(status)), entry.path);
        }
    }
    config = std::move(changed);
    return absl::OkStatus();
}

std::map<std::string, std::string> processEnvironment()
{
    std::map<std::string, std::string> all;
    for (char** variable = environ; variable && *variable; ++variable) {
        const std::string line = *variable;
        const std::size_t equals = line.find('=');
        if (equals != std::string::npos) all[line.substr(0, equals)] = line.substr(equals + 1);
    }
    return all;
}

std::string defaultControlPath()
{
    const std::string runtime = variable("XDG_RUNTIME_DIR");
    if (!runtime.empty() && runtime.front() == '/') return runtime + "/millrace/control.sock";
    return "/tmp/millrace-" + std::to_string(getuid()) + "/control.sock";
}

std::string defaultConfigFile()
{
    return homeFolder("XDG_CONFIG_HOME", "/.config") + "/millrace/engine.json";
}

std::string defaultStateDir()
{
    return homeFolder("XDG_STATE_HOME", "/.local/state") + "/millrace";
}

}  // namespace millrace::config
