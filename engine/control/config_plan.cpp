// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/config_plan.h"

#include "control/config_fields.h"
#include "phrases.h"

namespace millrace::control {

namespace {

std::string problemsText(const std::vector<config::FieldProblem>& problems)
{
    std::string all;
    for (const auto& problem : problems)
        all += (all.empty() ? "" : "; ") + problem.path + ' ' + problem.message.english();
    return all;
}

/// Whether `path` leads into an entry of a list of groups ("backends[1].name") that `stored` does not have.
bool isNewEntry(const config::Config& stored, const std::string& path)
{
    const auto steps = config::parsePath(path);
    if (!steps.ok() || !steps->front().index) return false;
    const auto* list = config::Config::descriptor()->FindFieldByName(steps->front().name);
    return list != nullptr && list->is_repeated() &&
           *steps->front().index >= stored.GetReflection()->FieldSize(stored, list);
}

}  // namespace

Status statusOf(const std::string& what, const std::vector<config::FieldProblem>& problems)
{
    return withField(invalidArgument(what + ": " + problemsText(problems)), problems.front().path);
}

std::string valueAt(const config::Config& config, const std::string& path)
{
    const auto value = config::get(config, path);
    return value.ok() ? *value : std::string();
}

config::Config mergeFile(const config::Config& applied, const config::Config& fileBefore, const config::Config& file)
{
    config::Config out = applied;
    for (const auto& path : config::paths(fileBefore)) {
        if (path.rfind("backends[", 0) == 0) continue;
        if (config::isSet(fileBefore, path) && !config::isSet(file, path) &&
            valueAt(applied, path) == valueAt(fileBefore, path))
            (void)config::reset(out, path);
    }
    const bool backendsFromFile = valueAt(applied, "backends") == valueAt(fileBefore, "backends");
    // Lists are taken whole: entries of two lists cannot be matched by their position.
    if (file.backends_size() > 0 || (fileBefore.backends_size() > 0 && backendsFromFile)) out.clear_backends();
    if (file.security().hosts_allowed_size() > 0) out.mutable_security()->clear_hosts_allowed();
    out.MergeFrom(file);
    return out;
}

StatusOr<config::Config> ConfigPlanner::withOverrides(const config::Config& stored) const
{
    config::Config inForce = stored;
    Status status = config::apply(inForce, overrides_);
    if (!status.ok()) return status;
    return inForce;
}

ConfigPlan ConfigPlanner::plan(const Base& base, config::Config wanted,
                               std::vector<config::FieldProblem> problems) const
{
    ConfigPlan plan;
    plan.problems = std::move(problems);
    for (const config::Override& entry : overrides_) {
        const std::string value = valueAt(wanted, entry.path);
        const std::string kept = valueAt(base.stored, entry.path);
        if (value == kept) continue;
        if (value == valueAt(base.inForce, entry.path)) {
            // An entry that is given whole is stored whole: without what the override also says, it would be no entry.
            if (isNewEntry(base.stored, entry.path)) continue;
            // The value that is in force only because of the override: nobody asked to store it.
            (void)(config::isSet(base.stored, entry.path) ? config::set(wanted, entry.path, kept)
                                                          : config::reset(wanted, entry.path));
        } else if (!value.empty()) {
            const bool flag = entry.source == config::Override::Source::Flag;
            plan.problems.push_back(
                {entry.path, say(flag ? Phrase::SettingFromFlag : Phrase::SettingFromEnvironment, entry.origin)});
        }
    }
    plan.stored = config::sparse(wanted);
    const auto add = [&plan](const config::FieldProblem& problem) {
        for (const auto& known : plan.problems)
            if (known.path == problem.path) return;
        plan.problems.push_back(problem);
    };
    for (const auto& problem : config::validate(wanted)) add(problem);
    const auto inForce = withOverrides(plan.stored);
    if (!inForce.ok()) {
        add(config::problemOf(inForce.status()));
        return plan;
    }
    plan.inForce = *inForce;
    for (const auto& problem : config::validate(plan.inForce)) add(problem);
    if (check_ && plan.problems.empty())
        for (const auto& problem : check_(config::effective(plan.inForce))) add(problem);
    plan.changes = config::diff(base.inForce, plan.inForce);
    return plan;
}

ConfigPlan ConfigPlanner::plan(const Base& base, const v1::ApplyConfigRequest& request) const
{
    if (request.set().empty()) return plan(base, request.config(), {});
    config::Config wanted = request.has_config() ? request.config() : base.stored;
    auto problems = config::set(wanted, {request.set().begin(), request.set().end()});
    return plan(base, std::move(wanted), std::move(problems));
}

}  // namespace millrace::control
