// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/configuration.h"

#include "control/config_fields.h"
#include "control/config_value.h"

#include <google/protobuf/util/message_differencer.h>

#include <algorithm>
#include <map>

namespace millrace::config {

namespace {

/// Where a path leads: a field of `parent`, or one entry of it.
struct Place {
    Message* parent = nullptr;
    const Field* field = nullptr;
    std::optional<int> index;
};

std::string entriesText(const std::string& list, int size)
{
    return size == 0 ? "has no entries"
                     : "has " + std::to_string(size) + (size == 1 ? " entry: " : " entries: ") + entry(list, 0) +
                           (size == 1 ? "" : " … " + entry(list, size - 1));
}

bool isDefaultBackends(const Config& config)
{
    Config expected;
    addDefaultBackend(expected);
    return config.backends_size() == 1 &&
           google::protobuf::util::MessageDifferencer::Equals(config.backends(0), expected.backends(0));
}

/// Makes what the path needs on its way. `grow`: one past the end of a list adds an entry.
StatusOr<Place> find(Config& config, const std::string& path, bool grow)
{
    auto steps = parsePath(path);
    if (!steps.ok()) return steps.status();
    if (steps->front().name == "backends" && steps->front().index && config.backends_size() == 0)
        addDefaultBackend(config);
    Message* message = &config;
    std::string walked;
    for (std::size_t at = 0; at < steps->size(); ++at) {
        const Step& step = (*steps)[at];
        const Field* field = message->GetDescriptor()->FindFieldByName(step.name);
        if (!field) return unknownName(*message->GetDescriptor(), step.name, walked, join(walked, step.name));
        const auto& reflection = *message->GetReflection();
        walked = join(walked, step.name);
        if (step.index) {
            if (!field->is_repeated()) return refused(path, "is not there: " + walked + " is not a list");
            const int size = reflection.FieldSize(*message, field);
            if (*step.index > size || (*step.index == size && !grow))
                return refused(path, "is not there: " + walked + ' ' + entriesText(walked, size));
        }
        const bool last = at + 1 == steps->size();
        if (last) return Place{message, field, step.index};
        if (!isGroup(*field)) return refused(path, "is not there: " + walked + " is a setting, not a group");
        if (field->is_repeated() && !step.index)
            return refused(path, "is not there: " + walked + " is a list; give an index: " + entry(walked, 0) + '.' +
                                     (*steps)[at + 1].name);
        if (!field->is_repeated())
            message = reflection.MutableMessage(message, field);
        else if (*step.index == reflection.FieldSize(*message, field))
            message = reflection.AddMessage(message, field);
        else
            message = reflection.MutableRepeatedMessage(message, field, *step.index);
        if (step.index) walked = entry(walked, *step.index);
    }
    return internal("the path is empty");
}

void fill(Message& message)
{
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    for (int i = 0; i < type.field_count(); ++i) {
        const Field& field = *type.field(i);
        if (field.is_repeated() && !isGroup(field)) continue;
        if (field.is_repeated()) {
            for (int at = 0; at < reflection.FieldSize(message, &field); ++at)
                fill(*reflection.MutableRepeatedMessage(&message, &field, at));
        } else if (isGroup(field)) {
            fill(*reflection.MutableMessage(&message, &field));
        } else if (!reflection.HasField(message, &field)) {
            setDefault(message, field);
        }
    }
}

/// A minimum or initial size that is not set is clamped to the bounds that are: who lowers the largest batch to 64 need
/// not know that the initial one is 100. What is set is never touched; validate() refuses it.
void clampUnset(const Config& config, Config& full)
{
    auto& pool = *full.mutable_pool();
    if (!config.pool().has_http_size_min())
        pool.set_http_size_min(std::min(pool.http_size_min(), pool.http_size_max()));
    if (!config.pool().has_grpc_size_min())
        pool.set_grpc_size_min(std::min(pool.grpc_size_min(), pool.grpc_size_max()));
    auto& batcher = *full.mutable_batcher();
    if (!config.batcher().has_size_initial() && batcher.size_min() <= batcher.size_max())
        batcher.set_size_initial(std::clamp(batcher.size_initial(), batcher.size_min(), batcher.size_max()));
}

/// Returns whether nothing is left. Entries of a list keep their choices: a backend's kind is worth reading.
bool removeDefaults(Message& message, bool inList)
{
    const auto& type = *message.GetDescriptor();
    const auto& reflection = *message.GetReflection();
    bool empty = true;
    for (int i = 0; i < type.field_count(); ++i) {
        const Field& field = *type.field(i);
        if (field.is_repeated()) {
            const int size = reflection.FieldSize(message, &field);
            for (int at = 0; at < size && isGroup(field); ++at)
                removeDefaults(*reflection.MutableRepeatedMessage(&message, &field, at), true);
            empty = empty && size == 0;
        } else if (reflection.HasField(message, &field)) {
            const bool plain = isGroup(field) ? removeDefaults(*reflection.MutableMessage(&message, &field), false)
                                              : valueText(message, field) == defaultText(field) &&
                                                    !(inList && field.cpp_type() == Field::CPPTYPE_ENUM);
            if (plain) reflection.ClearField(&message, &field);
            empty = empty && plain;
        }
    }
    return empty;
}

std::string shownText(const Message& parent, const Field& field)
{
    return settingOptions(field).secret() ? "(secret)" : valueText(parent, field);
}

struct Leaf {
    std::string path;
    std::string text;
    v1::Effect applies{};
};

std::vector<Leaf> leavesOf(const Config& config)
{
    std::vector<Leaf> leaves;
    forEachSetting(effective(config), {},
                   [&leaves](const std::string& path, const Message& parent, const Field& field) {
                       leaves.push_back({path, shownText(parent, field), settingOptions(field).applies()});
                   });
    return leaves;
}

int groupPosition(const std::string& path)
{
    const std::string name = path.substr(0, path.find_first_of(".["));
    return Config::descriptor()->FindFieldByName(name)->index();
}

}  // namespace

Config effective(const Config& config)
{
    Config full = config;
    if (full.backends_size() == 0) addDefaultBackend(full);
    fill(full);
    clampUnset(config, full);
    return full;
}

Config sparse(const Config& config)
{
    Config kept = config;
    removeDefaults(kept, false);
    // What clampUnset() would make the same was not set.
    for (const char* path : {"pool.http_size_min", "pool.grpc_size_min", "batcher.size_initial"}) {
        if (!isSet(kept, path)) continue;
        Config without = kept;
        if (reset(without, path).ok() && get(without, path).value() == get(kept, path).value())
            kept = std::move(without);
    }
    removeDefaults(kept, false);
    Config only = kept;
    if (only.backends_size() == 1) {
        fill(*only.mutable_backends(0));
        Config standard = effective({});
        if (google::protobuf::util::MessageDifferencer::Equals(only.backends(0), standard.backends(0)))
            kept.clear_backends();
    }
    return kept;
}

std::vector<Change> diff(const Config& before, const Config& after)
{
    std::vector<Change> changes;
    std::map<std::string, Leaf> old;
    for (auto& leaf : leavesOf(before)) old.emplace(leaf.path, leaf);
    for (const auto& leaf : leavesOf(after)) {
        const auto found = old.find(leaf.path);
        const std::string previous = found == old.end() ? std::string() : found->second.text;
        if (previous != leaf.text) changes.push_back({leaf.path, previous, leaf.text, leaf.applies});
        if (found != old.end()) old.erase(found);
    }
    for (const auto& [path, leaf] : old)
        if (!leaf.text.empty()) changes.push_back({path, leaf.text, {}, leaf.applies});
    std::stable_sort(changes.begin(), changes.end(), [](const Change& left, const Change& right) {
        return groupPosition(left.path) < groupPosition(right.path);
    });
    return changes;
}

Status set(Config& config, const std::string& path, const std::string& text)
{
    if (text.empty()) return reset(config, path);
    Config changed = config;
    auto place = find(changed, path, true);
    if (!place.ok()) return place.status();
    if (isGroup(*place->field)) {
        const auto& type = *place->field->message_type();
        return refused(path, "is a group; set one of its settings, such as " + join(path, type.field(0)->name()));
    }
    Status status = setValue(*place->parent, *place->field, place->index, text, path);
    if (status.ok()) config = std::move(changed);
    return status;
}

std::vector<FieldProblem> set(Config& config, const std::map<std::string, std::string>& texts)
{
    std::map<std::string, std::string> open = texts;
    std::vector<FieldProblem> problems;
    for (bool progress = true; progress && !open.empty();) {
        progress = false;
        problems.clear();
        for (auto entry = open.begin(); entry != open.end();) {
            const Status status = set(config, entry->first, entry->second);
            if (status.ok()) {
                progress = true;
                entry = open.erase(entry);
                continue;
            }
            FieldProblem problem = problemOf(status);
            problem.path = entry->first;
            problems.push_back(std::move(problem));
            ++entry;
        }
    }
    return problems;
}

StatusOr<std::string> get(const Config& config, const std::string& path)
{
    Config full = effective(config);
    auto place = find(full, path, false);
    if (!place.ok()) return place.status();
    const auto& reflection = *place->parent->GetReflection();
    if (!isGroup(*place->field)) {
        if (settingOptions(*place->field).secret()) return failedPrecondition(path + " is secret and is not shown");
        return valueText(*place->parent, *place->field, place->index);
    }
    if (place->index) return messageJson(reflection.GetRepeatedMessage(*place->parent, place->field, *place->index), 0);
    if (place->field->is_repeated()) return listJson(*place->parent, *place->field, 0);
    return messageJson(reflection.GetMessage(*place->parent, place->field), 0);
}

Status reset(Config& config, const std::string& path)
{
    Config changed = config;
    auto place = find(changed, path, false);
    if (!place.ok()) return place.status();
    const auto& reflection = *place->parent->GetReflection();
    if (place->index) {
        const int size = reflection.FieldSize(*place->parent, place->field);
        for (int at = *place->index; at + 1 < size; ++at)
            reflection.SwapElements(place->parent, place->field, at, at + 1);
        reflection.RemoveLast(place->parent, place->field);
    } else {
        reflection.ClearField(place->parent, place->field);
    }
    if (config.backends_size() == 0 && isDefaultBackends(changed)) changed.clear_backends();
    config = std::move(changed);
    return absl::OkStatus();
}

bool isSet(const Config& config, const std::string& path)
{
    // find() fills in what it passes, so the answer is looked up before in what is there.
    auto steps = parsePath(path);
    if (!steps.ok()) return false;
    const Message* message = &config;
    for (std::size_t at = 0; at < steps->size(); ++at) {
        const Step& step = (*steps)[at];
        const Field* field = message->GetDescriptor()->FindFieldByName(step.name);
        if (!field) return false;
        const auto& reflection = *message->GetReflection();
        if (field->is_repeated()) {
            const int size = reflection.FieldSize(*message, field);
            if (step.index.value_or(0) >= size) return false;
        } else if (!reflection.HasField(*message, field)) {
            return false;
        }
        if (at + 1 == steps->size()) return true;
        if (!isGroup(*field) || field->is_repeated() != step.index.has_value()) return false;
        message = step.index ? &reflection.GetRepeatedMessage(*message, field, *step.index)
                             : &reflection.GetMessage(*message, field);
    }
    return false;
}

std::vector<std::string> paths(const Config& config)
{
    std::vector<std::string> all;
    for (auto& leaf : leavesOf(config)) all.push_back(std::move(leaf.path));
    return all;
}

std::vector<SettingValue> values(const Config& config)
{
    std::vector<SettingValue> all;
    for (auto& leaf : leavesOf(config)) all.push_back({std::move(leaf.path), std::move(leaf.text)});
    return all;
}

std::vector<SettingValue> valuesSet(const Config& config)
{
    std::vector<SettingValue> all;
    forEachSetting(config, {}, [&all](const std::string& path, const Message& parent, const Field& field) {
        const auto& reflection = *parent.GetReflection();
        if (field.is_repeated() ? reflection.FieldSize(parent, &field) > 0 : reflection.HasField(parent, &field))
            all.push_back({path, shownText(parent, field)});
    });
    return all;
}

std::string schemaPath(const std::string& path)
{
    std::string out;
    bool inside = false;
    for (char letter : path) {
        if (letter == ']') inside = false;
        if (!inside) out += letter;
        if (letter == '[') inside = true;
    }
    return out;
}

}  // namespace millrace::config
