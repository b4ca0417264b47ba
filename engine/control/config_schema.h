// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config.pb.h"

#include <optional>
#include <string>
#include <vector>

/// Which settings there are. Part of configuration.h.
namespace millrace::config {

struct SettingInfo {
    std::string path;  ///< backends[].address for those of a list
    v1::SettingType type{};
    std::string unit;
    std::optional<double> min;
    std::optional<double> max;
    std::string defaultText;
    std::string title;
    std::string help;
    v1::Effect takesEffect{};
    std::string group;  ///< first part of the path
    std::string groupTitle;
    std::string groupHelp;
    v1::Stage stage{};
    std::vector<std::string> choices;
    bool secret = false;
    std::optional<v1::BackendKind> forKind;  ///< settings of a backend: the only kind that has it; none: all of them
};

/// In the order of config.proto.
const std::vector<SettingInfo>& schema();
/// The schema as the table of engine/docs/settings.md.
std::string schemaMarkdown();

}  // namespace millrace::config
