// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/config_commands.h"

#include "control/configuration.h"
#include "ctl/enum_words.h"
#include "ctl/error_output.h"
#include "ctl/json_text.h"
#include "ctl/text_table.h"

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <map>

namespace millrace::ctl {

namespace {

namespace v1 = control::v1;
using Stub = Connection::Stub;

std::string effectWords(config::v1::Effect effect)
{
    return effect == config::v1::EFFECT_LIVE ? "at once" : enumText(effect);
}

void printChanges(const google::protobuf::RepeatedPtrField<v1::ConfigChange>& changes)
{
    TextTable table({"setting", "before", "after", "takes effect"});
    for (const auto& change : changes)
        table.add({change.path(), shown(change.before()), shown(change.after()), effectWords(change.takes_effect())});
    std::cout << table.text();
}

/// With --json they are in the answer already.
void printProblems(const google::protobuf::RepeatedPtrField<v1::FieldProblem>& problems)
{
    if (printsErrorsAsJson()) return;
    for (const auto& problem : problems) {
        printError(invalidArgument((problem.path().empty() ? "" : problem.path() + ' ') + problem.message()));
    }
}

int report(const StatusOr<v1::ApplyConfigReply>& reply, bool json, const Change& how)
{
    if (!reply.ok()) return printError(reply.status());
    const int code = reply->conflict() ? kConflict : reply->problems_size() ? kRefused : kDone;
    if (json) std::cout << jsonText(*reply) << '\n';
    printProblems(reply->problems());
    if (json) return code;
    if (reply->conflict())
        return printError(failedPrecondition("revision " + std::to_string(reply->revision()) + " is active, not " +
                                             std::to_string(how.base) + "; nothing was changed"),
                          code);
    if (code != kDone) return printError(invalidArgument("nothing was changed"), code);
    if (reply->changes().empty()) {
        std::cout << "nothing to change, revision " << reply->revision() << " stays active\n";
        return code;
    }
    printChanges(reply->changes());
    if (how.dryRun)
        std::cout << "valid; nothing was changed (dry run)\n";
    else
        std::cout << "revision " << reply->revision() << " is active"
                  << (how.guarded ? ", and is reverted if it makes things worse" : "") << '\n';
    return code;
}

v1::ApplyConfigRequest requestOf(const Change& how)
{
    v1::ApplyConfigRequest request;
    request.set_base_revision(how.base);
    request.set_dry_run(how.dryRun);
    request.set_guarded(how.guarded);
    request.set_comment(how.comment);
    request.set_author(v1::AUTHOR_MILLRACECTL);
    return request;
}

/// "-" is standard input.
StatusOr<config::Config> readConfig(const std::string& file)
{
    if (file != "-") return config::readFile(file);
    return config::parseJson(std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()));
}

std::string listValue(const std::string& text)
{
    std::string out = "[";
    for (std::size_t at = 0; at < text.size();) {
        const std::size_t comma = std::min(text.find(',', at), text.size());
        out += (at == 0 ? "" : ", ") + jsonQuoted(text.substr(at, comma - at));
        at = comma + 1;
    }
    return out + ']';
}

/// As a program wants it: numbers and switches as such.
std::string typedValue(config::v1::SettingType type, const std::string& text)
{
    switch (type) {
        case config::v1::SETTING_TYPE_INTEGER:
        case config::v1::SETTING_TYPE_NUMBER:
        case config::v1::SETTING_TYPE_SWITCH:
            return text.empty() ? "null" : text;
        case config::v1::SETTING_TYPE_LIST:
            return listValue(text);
        case config::v1::SETTING_TYPE_TEXT:
        case config::v1::SETTING_TYPE_CHOICE:
        case config::v1::SETTING_TYPE_UNSPECIFIED:
            MILLRACE_NEWER_VALUES(config::v1::SettingType);
    }
    return jsonQuoted(text);
}

const config::SettingInfo* infoOf(const std::string& path)
{
    const std::string wanted = config::schemaPath(path);
    for (const auto& info : config::schema())
        if (info.path == wanted) return &info;
    return nullptr;
}

}  // namespace

int getConfig(Connection& engine, bool json, const std::string& path, bool changed)
{
    const auto state = engine.call(&Stub::GetConfig, v1::GetConfigRequest());
    if (!state.ok()) return printError(state.status());
    if (path.empty()) {
        if (json) return printJson(*state);
        std::cout << config::toJson(changed ? state->config() : state->effective());
        return kDone;
    }
    const auto value = config::get(state->effective(), path);
    if (!value.ok()) return printError(value.status());
    if (!json) {
        std::cout << *value << '\n';
        return kDone;
    }
    const auto* info = infoOf(path);
    if (!info) {
        std::cout << *value << '\n';  // a group is JSON already
        return kDone;
    }
    const auto source = state->sources().find(path);
    std::cout << "{\"path\": " << jsonQuoted(path) << ", \"value\": " << typedValue(info->type, *value)
              << ", \"default\": " << typedValue(info->type, info->defaultText)
              << ", \"source\": " << jsonQuoted(source == state->sources().end() ? "default" : enumText(source->second))
              << ", \"revision\": " << state->revision() << "}\n";
    return kDone;
}

int setConfig(Connection& engine, bool json, const std::vector<std::string>& assignments, const Change& how)
{
    auto request = requestOf(how);
    for (const auto& assignment : assignments) {
        const auto flag = config::fromFlag(assignment);
        if (!flag.ok()) return printError(flag.status(), kUsage);
        (*request.mutable_set())[flag->path] = flag->text;
    }
    return report(engine.call(&Stub::ApplyConfig, request), json, how);
}

int applyConfig(Connection& engine, bool json, const std::string& file, const Change& how)
{
    auto wanted = readConfig(file);
    if (!wanted.ok()) return printError(wanted.status());
    auto request = requestOf(how);
    *request.mutable_config() = std::move(*wanted);
    return report(engine.call(&Stub::ApplyConfig, request), json, how);
}

int diffConfig(Connection& engine, bool json, std::uint64_t revision, const std::string& file)
{
    v1::ValidateConfigReply difference;
    if (!file.empty()) {
        auto wanted = readConfig(file);
        if (!wanted.ok()) return printError(wanted.status());
        v1::ValidateConfigRequest request;
        *request.mutable_config() = std::move(*wanted);
        auto reply = engine.call(&Stub::ValidateConfig, request);
        if (!reply.ok()) return printError(reply.status());
        difference = std::move(*reply);
    } else if (revision != 0) {
        const auto all = engine.call(&Stub::ListRevisions, v1::ListRevisionsRequest());
        if (!all.ok()) return printError(all.status());
        const auto& list = all->revisions();
        const bool known = std::any_of(list.begin(), list.end(),
                                       [revision](const auto& entry) { return entry.revision() == revision; });
        if (!known) return printError(notFound("unknown revision " + std::to_string(revision)));
        std::map<std::string, v1::ConfigChange> since;  // newest first: each older change moves `before` back
        for (const auto& entry : list) {
            if (entry.revision() <= revision) break;
            for (const auto& change : entry.changes()) {
                auto& kept = since.try_emplace(change.path(), change).first->second;
                kept.set_before(change.before());
            }
        }
        for (const auto& [path, change] : since)
            if (change.before() != change.after()) *difference.add_changes() = change;
    } else {
        const auto state = engine.call(&Stub::GetConfig, v1::GetConfigRequest());
        if (!state.ok()) return printError(state.status());
        for (const auto& change : config::diff({}, state->effective())) {
            auto& added = *difference.add_changes();
            added.set_path(change.path);
            added.set_before(change.before);
            added.set_after(change.after);
            added.set_takes_effect(change.takesEffect);
        }
    }
    if (json) {
        std::cout << jsonText(difference) << '\n';
    } else if (difference.changes().empty()) {
        std::cout << "no difference\n";
    } else {
        printChanges(difference.changes());
    }
    printProblems(difference.problems());
    return difference.problems_size() ? kRefused : kDone;
}

namespace {

std::string outcomeText(const v1::Revision& revision)
{
    switch (revision.outcome()) {
        case v1::GUARD_OUTCOME_MEASURING:
            return "being measured";
        case v1::GUARD_OUTCOME_KEPT:
            return "kept";
        case v1::GUARD_OUTCOME_REVERTED:
            return "reverted";
        case v1::GUARD_OUTCOME_NOT_REVERTED:
            return "worse, not reverted";
        case v1::GUARD_OUTCOME_NOT_JUDGED:
            return "not evaluated";
        case v1::GUARD_OUTCOME_NONE:
            return kAbsent;
            MILLRACE_NEWER_VALUES(v1::GuardOutcome);
    }
    return enumText(revision.outcome());
}

}  // namespace

int showRevisions(Connection& engine, bool json, std::uint32_t most)
{
    v1::ListRevisionsRequest request;
    request.set_most(most);
    const auto reply = engine.call(&Stub::ListRevisions, request);
    if (!reply.ok()) return printError(reply.status());
    if (json) return printJson(*reply);
    TextTable table({"revision", "when", "who", "p99 (tensor calls) before", "after", "outcome", "reason", "changes"});
    for (const auto& revision : reply->revisions()) {
        const auto p99 = [](const google::protobuf::Map<std::string, double>& values) {
            const auto found = values.find("latency_tensor_p99_ms");
            return msText(found == values.end() ? std::nullopt : std::optional(found->second));
        };
        std::string changes = revision.comment();
        for (const auto& change : revision.changes()) {
            if (changes.size() > 100) {
                changes += " …";
                break;
            }
            changes += (changes.empty() ? "" : "; ") + change.path() + ' ' + shown(change.before()) + " → " +
                       shown(change.after());
        }
        table.add({std::to_string(revision.revision()), clockText(revision.time_ms()),
                   shown(enumText(revision.author())), p99(revision.before()), p99(revision.after()),
                   outcomeText(revision), shown(revision.verdict()), changes});
    }
    std::cout << table.text();
    return kDone;
}

int rollback(Connection& engine, bool json, std::uint64_t revision)
{
    v1::RollbackRequest request;
    request.set_revision(revision);
    request.set_author(v1::AUTHOR_MILLRACECTL);
    return report(engine.call(&Stub::Rollback, request), json, {});
}

int showSchema(bool json, bool markdown)
{
    if (markdown) {
        std::cout << config::schemaMarkdown();
        return kDone;
    }
    if (!json) {
        TextTable table({"setting", "default", "range", "takes effect", "what"});
        for (const auto& info : config::schema()) {
            std::string range = kAbsent;
            if (info.min && info.max)
                range =
                    jsonNumber(*info.min) + " – " + jsonNumber(*info.max) + (info.unit.empty() ? "" : ' ' + info.unit);
            if (!info.choices.empty()) range.clear();
            for (const auto& choice : info.choices) range += (range.empty() ? "" : ", ") + choice;
            table.add({info.path, shown(info.defaultText), range, effectWords(info.takesEffect), info.title});
        }
        std::cout << table.text();
        return kDone;
    }
    std::string out;
    for (const auto& info : config::schema()) {
        out += out.empty() ? "[\n" : ",\n";
        std::string choices;
        for (const auto& choice : info.choices) choices += (choices.empty() ? "" : ", ") + jsonQuoted(choice);
        out += "  {\"path\": " + jsonQuoted(info.path) + ", \"type\": " + jsonQuoted(config::typeName(info.type)) +
               ", \"unit\": " + jsonQuoted(info.unit) + ", \"min\": " + (info.min ? jsonNumber(*info.min) : "null") +
               ", \"max\": " + (info.max ? jsonNumber(*info.max) : "null") +
               ", \"default\": " + typedValue(info.type, info.defaultText) + ", \"choices\": [" + choices +
               "], \"title\": " + jsonQuoted(info.title) + ", \"help\": " + jsonQuoted(info.help) +
               ", \"takes_effect\": " + jsonQuoted(config::effectName(info.takesEffect)) +
               ", \"group\": " + jsonQuoted(info.group) + "}";
    }
    std::cout << out << "\n]\n";
    return kDone;
}

}  // namespace millrace::ctl
