// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control.pb.h"
#include "control/configuration.h"

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace millrace::control {

/// The outcome of a configuration change that has not been made yet.
struct ConfigPlan {
    config::Config stored;   ///< sparse, without the overrides
    config::Config inForce;  ///< with them
    std::vector<config::FieldProblem> problems;
    std::vector<config::Change> changes;
};

/// Computes the outcome of a configuration change without making it: for validation, dry runs, and as the first step of
/// apply.
///
///     const ConfigPlan plan = planner.plan({stored, current}, request);
///     if (plan.problems.empty() && !plan.changes.empty()) …    // can be applied
///
/// Pure, except for `check`. Thread: one. Owner: ConfigStore. Errors: ConfigPlan::problems, by field.
class ConfigPlanner {
public:
    /// Checks a valid configuration against the environment, such as whether a variable contains an API key.
    using Check = std::function<std::vector<config::FieldProblem>(const config::Config& inForce)>;
    struct Base {
        const config::Config& stored;   ///< sparse, without the overrides
        const config::Config& inForce;  ///< effective
    };

    /// `overrides`: later ones take precedence. They are not stored, and the settings they fix cannot be changed.
    explicit ConfigPlanner(std::vector<config::Override> overrides) : overrides_(std::move(overrides)) {}
    void setCheck(Check check) { check_ = std::move(check); }

    /// `problems`: already known ones.
    ConfigPlan plan(const Base& base, config::Config wanted, std::vector<config::FieldProblem> problems) const;
    ConfigPlan plan(const Base& base, const v1::ApplyConfigRequest& request) const;
    StatusOr<config::Config> withOverrides(const config::Config& stored) const;

private:
    const std::vector<config::Override> overrides_;
    Check check_;
};

/// InvalidArgument that lists all `problems`; its field is that of the first. REQUIRES: not empty.
Status statusOf(const std::string& what, const std::vector<config::FieldProblem>& problems);

/// Merges the file's values over the applied ones. A value that came from the previous file only is removed with it.
config::Config mergeFile(const config::Config& applied, const config::Config& fileBefore, const config::Config& file);

/// The value at `path`; empty if it does not exist, such as beyond the end of a list.
std::string valueAt(const config::Config& config, const std::string& path);

}  // namespace millrace::control
