// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <boost/json/value.hpp>

#include <filesystem>
#include <string>

namespace millrace::train {

/// Where a model goes: name/config.json (for the runtime), name/card.json (for people: how made, how good),
/// name/1/model.pt.
class ModelFolder {
public:
    ModelFolder(std::filesystem::path repository, std::string name);

    const std::string& name() const { return name_; }
    std::string modelFile() const;
    Status writeConfig(const boost::json::object& config) const;
    Status writeCard(const boost::json::object& card) const;

private:
    Status write(const std::string& file, const boost::json::object& object) const;
    std::filesystem::path folder_;
    std::string name_;
};

/// A number with few digits, as it should stand in a card.
double rounded(double value, int digits = 4);

}  // namespace millrace::train
