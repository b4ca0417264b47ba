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

/// What a request would put in force.
struct ConfigPlan {
    config::Config stored;   ///< sparse, without the overrides
    config::Config inForce;  ///< with them
    std::vector<config::FieldProblem> problems;
    std::vector<config::Change> changes;
};

/// Works out what a change of settings would come to, without making it.
///
///     const ConfigPlan plan = planner.plan({stored, current}, request);
///     if (plan.problems.empty() && !plan.changes.empty()) …    // it may be made
///
/// Pure, but for what `check` looks at. Owner: ConfigStore. Errors are in the plan, by field.
class ConfigPlanner {
public:
    /// What is wrong with a valid configuration here and now, such as a variable that does not hold a key.
    using Check = std::function<std::vector<config::FieldProblem>(const config::Config& inForce)>;
    struct Base {
        const config::Config& stored;   ///< sparse, without the overrides
        const config::Config& inForce;  ///< effective
    };

    /// `overrides`: later ones win. They are never stored, and what they say cannot be changed.
    explicit ConfigPlanner(std::vector<config::Override> overrides) : overrides_(std::move(overrides)) {}
    void setCheck(Check check) { check_ = std::move(check); }

    /// `problems`: what is known to be wrong already.
    ConfigPlan plan(const Base& base, config::Config wanted, std::vector<config::FieldProblem> problems) const;
    ConfigPlan plan(const Base& base, const v1::ApplyConfigRequest& request) const;
    StatusOr<config::Config> withOverrides(const config::Config& stored) const;

private:
    const std::vector<config::Override> overrides_;
    Check check_;
};

/// InvalidArgument that names all of them; its field is that of the first. REQUIRES: there are problems.
Status statusOf(const std::string& what, const std::vector<config::FieldProblem>& problems);

/// The file's values over what was applied. A value that only the file of before gave is gone with it.
config::Config mergeFile(const config::Config& applied, const config::Config& fileBefore, const config::Config& file);

/// The value there; empty where the path leads nowhere, as in a list that is shorter.
std::string valueAt(const config::Config& config, const std::string& path);

}  // namespace millrace::control
