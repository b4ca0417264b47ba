// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_config.h"

#include "config/config_text.h"

#include <google/protobuf/descriptor.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>

namespace millrace::desktop {
namespace {

using namespace control;
using config::v1::Config;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string defaultText(const FieldDescriptor& field)
{
    const auto& words = field.options().GetExtension(config::v1::setting);
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return words.default_on() ? "true" : "false";
        case FieldDescriptor::CPPTYPE_STRING:
        case FieldDescriptor::CPPTYPE_ENUM:
            return words.default_text();
        default:
            return config_text::number(words.default_number());
    }
}

config::v1::SettingType typeOf(const FieldDescriptor& field)
{
    if (field.is_repeated()) return config::v1::SETTING_TYPE_LIST;
    switch (field.cpp_type()) {
        case FieldDescriptor::CPPTYPE_BOOL:
            return config::v1::SETTING_TYPE_SWITCH;
        case FieldDescriptor::CPPTYPE_STRING:
            return config::v1::SETTING_TYPE_TEXT;
        case FieldDescriptor::CPPTYPE_ENUM:
            return config::v1::SETTING_TYPE_CHOICE;
        case FieldDescriptor::CPPTYPE_DOUBLE:
        case FieldDescriptor::CPPTYPE_FLOAT:
            return config::v1::SETTING_TYPE_NUMBER;
        default:
            return config::v1::SETTING_TYPE_INTEGER;
    }
}

// Each setting of a config with its path and the message that holds it.
using Visit = std::function<void(const std::string& path, Message& holder, const FieldDescriptor& field)>;
void walk(Message& message, const std::string& prefix, const Visit& visit)
{
    const auto* descriptor = message.GetDescriptor();
    const auto* reflection = message.GetReflection();
    for (int i = 0; i < descriptor->field_count(); ++i) {
        const FieldDescriptor& field = *descriptor->field(i);
        const std::string path = prefix.empty() ? field.name() : prefix + "." + field.name();
        if (field.cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE) {
            visit(path, message, field);
        } else if (!field.is_repeated()) {
            walk(*reflection->MutableMessage(&message, &field), path, visit);
        } else {
            for (int entry = 0; entry < reflection->FieldSize(message, &field); ++entry) {
                walk(*reflection->MutableRepeatedMessage(&message, &field, entry),
                     path + "[" + std::to_string(entry) + "]", visit);
            }
        }
    }
}

Config filled(Config config)
{
    walk(config, {}, [](const std::string& path, Message& holder, const FieldDescriptor& field) {
        if (!field.is_repeated() && !holder.GetReflection()->HasField(holder, &field)) {
            config_text::set(holder, field, path, defaultText(field));
        }
    });
    return config;
}

std::vector<FieldProblem> judge(const Config& config)
{
    std::vector<FieldProblem> problems;
    const auto complain = [&](const std::string& path, const std::string& message) {
        FieldProblem problem;
        problem.set_path(path);
        problem.set_message(message);
        problems.push_back(problem);
    };
    Config whole = filled(config);
    walk(whole, {}, [&](const std::string& path, Message& holder, const FieldDescriptor& field) {
        const auto& words = field.options().GetExtension(config::v1::setting);
        if (field.is_repeated() || field.cpp_type() == FieldDescriptor::CPPTYPE_STRING ||
            field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL || field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
            return;
        }
        const double value = std::strtod(config_text::get(holder, field).c_str(), nullptr);
        if ((words.has_min() && value < words.min()) || (words.has_max() && value > words.max())) {
            complain(path, config_text::number(value) + " is not within " + config_text::number(words.min()) + " – " +
                               config_text::number(words.max()) + (words.unit().empty() ? "" : " " + words.unit()));
        }
    });
    if (whole.batcher().size_min() > whole.batcher().size_max()) {
        complain("batcher.size_min", "is above batcher.size_max, " + std::to_string(whole.batcher().size_max()));
    }
    if (whole.pool().http_size_min() > whole.pool().http_size_max()) {
        complain("pool.http_size_min", "is above the maximum, " + std::to_string(whole.pool().http_size_max()));
    }
    return problems;
}

std::map<std::string, std::pair<std::string, config::v1::Effect>> flat(Config config)
{
    std::map<std::string, std::pair<std::string, config::v1::Effect>> out;
    Config whole = filled(std::move(config));
    walk(whole, {}, [&](const std::string& path, Message& holder, const FieldDescriptor& field) {
        out[path] = {config_text::get(holder, field), field.options().GetExtension(config::v1::setting).applies()};
    });
    return out;
}

std::vector<ConfigChange> difference(const Config& before, const Config& after)
{
    std::vector<ConfigChange> changes;
    auto old = flat(before);
    auto now = flat(after);
    for (const auto& [path, entry] : now) {
        if (old[path].first == entry.first) continue;
        ConfigChange change;
        change.set_path(path);
        change.set_before(old[path].first);
        change.set_after(entry.first);
        change.set_takes_effect(entry.second);
        changes.push_back(change);
    }
    return changes;
}

}  // namespace

FakeConfig::FakeConfig()
{
    auto& runtime = *config_.add_backends();
    runtime.set_name("runtime");
    auto& llama = *config_.add_backends();
    llama.set_name("llama");
    llama.set_kind(config::v1::BACKEND_KIND_OPENAI);
    llama.set_address("http://127.0.0.1:8080");
    config_.mutable_batcher()->set_timeout_ms(20);
    kept_[1] = Config();
    kept_[3] = config_;
}

Schema FakeConfig::schema() const
{
    Schema schema;
    const auto* top = Config::descriptor();
    for (int g = 0; g < top->field_count(); ++g) {
        const FieldDescriptor& group = *top->field(g);
        const auto& words = group.options().GetExtension(config::v1::group);
        const auto* inner = group.message_type();
        for (int i = 0; i < inner->field_count(); ++i) {
            const FieldDescriptor& field = *inner->field(i);
            const auto& setting = field.options().GetExtension(config::v1::setting);
            auto& out = *schema.add_settings();
            out.set_path(group.name() + (group.is_repeated() ? "[]." : ".") + field.name());
            out.set_type(typeOf(field));
            out.set_unit(setting.unit());
            if (setting.has_min()) out.set_min(setting.min());
            if (setting.has_max()) out.set_max(setting.max());
            out.set_default_text(field.is_repeated() ? "" : defaultText(field));
            out.set_title(setting.title());
            out.set_help(setting.help());
            out.set_takes_effect(setting.applies());
            out.set_group(group.name());
            out.set_group_title(words.title());
            out.set_group_help(words.help());
            out.set_stage(words.stage());
            out.set_secret(setting.secret());
            out.set_for_kind(setting.for_kind());
            if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
                for (int v = 0; v < field.enum_type()->value_count(); ++v) {
                    out.add_choices(config_text::enumWord(*field.enum_type()->value(v)));
                }
            }
        }
    }
    return schema;
}

ConfigState FakeConfig::state() const
{
    ConfigState state;
    state.set_revision(revision_);
    *state.mutable_config() = config_;
    *state.mutable_effective() = filled(config_);
    Config set = config_;
    walk(set, {}, [&](const std::string& path, Message& holder, const FieldDescriptor& field) {
        const bool has = field.is_repeated() ? holder.GetReflection()->FieldSize(holder, &field) > 0
                                             : holder.GetReflection()->HasField(holder, &field);
        (*state.mutable_sources())[path] = has ? "applied" : "default";
    });
    return state;
}

Revisions FakeConfig::revisions() const
{
    return revisions_;
}

ApplyConfigReply FakeConfig::apply(const ApplyConfigRequest& request, std::int64_t nowMs)
{
    ApplyConfigReply reply;
    if (request.base_revision() != 0 && request.base_revision() != revision_) {
        reply.set_conflict(true);
        reply.set_revision(revision_);
        return reply;
    }
    Config wanted = request.set().empty() || request.has_config() ? request.config() : config_;
    for (const auto& [path, value] : request.set()) {
        const std::string problem = config_text::setPath(wanted, path, value);
        if (problem.empty()) continue;
        auto& entry = *reply.add_problems();
        entry.set_path(path);
        entry.set_message(problem);
    }
    if (reply.problems_size() > 0) {
        reply.set_revision(revision_);
        return reply;
    }
    return take(wanted, request.author(), request.comment(), request.dry_run(), request.guarded(), nowMs);
}

ApplyConfigReply FakeConfig::take(const Config& wanted, const std::string& author, const std::string& comment,
                                  bool dryRun, bool guarded, std::int64_t nowMs)
{
    ApplyConfigReply reply;
    reply.set_revision(revision_);
    for (const auto& problem : judge(wanted)) *reply.add_problems() = problem;
    for (const auto& change : difference(config_, wanted)) *reply.add_changes() = change;
    if (dryRun || reply.problems_size() > 0) return reply;
    config_ = wanted;
    ++revision_;
    kept_[revision_] = config_;
    Revision revision;
    revision.set_revision(revision_);
    revision.set_time_ms(nowMs);
    revision.set_author(author);
    revision.set_comment(comment);
    revision.set_guarded(guarded);
    if (guarded) revision.set_outcome(GUARD_OUTCOME_MEASURING);
    auto& before = *revision.mutable_before();
    before["served_per_second"] = 2710;
    before["latency_tensor_p99_ms"] = 11.2;
    before["batch_rows_average"] = 124;
    before["connection_reuse"] = 0.991;
    *revision.mutable_changes() = reply.changes();
    Revisions newest;
    *newest.add_revisions() = revision;
    for (const auto& older : revisions_.revisions()) *newest.add_revisions() = older;
    revisions_ = newest;
    reply.set_applied(true);
    reply.set_revision(revision_);
    return reply;
}

ApplyConfigReply FakeConfig::rollback(std::uint64_t revision, std::int64_t nowMs)
{
    const auto found = kept_.find(revision);
    if (found == kept_.end()) {
        ApplyConfigReply reply;
        reply.set_revision(revision_);
        auto& problem = *reply.add_problems();
        problem.set_message("revision " + std::to_string(revision) + " is not kept");
        return reply;
    }
    return take(found->second, "console", "rolled back to revision " + std::to_string(revision), false, false, nowMs);
}

void FakeConfig::advance(std::int64_t nowMs)
{
    constexpr std::int64_t kMeasuredMs = 60'000;
    if (revisions_.revisions_size() == 0) return;
    auto& newest = *revisions_.mutable_revisions(0);
    if (!newest.after().empty() || newest.before().empty() || nowMs - newest.time_ms() < kMeasuredMs) return;
    const auto measured = [&](const char* series, double after, double noise) {
        (*newest.mutable_after())[series] = after;
        (*newest.mutable_noise())[series] = noise;
    };
    measured("served_per_second", 2752, 140);  // within the noise
    measured("latency_tensor_p99_ms", 8.1, 1.3);
    measured("batch_rows_average", 112, 9);
    measured("connection_reuse", 0.992, 0.004);
}

bool FakeConfig::conclude(const GuardedApply& guard, std::int64_t nowMs)
{
    for (auto& revision : *revisions_.mutable_revisions()) {
        if (revision.revision() != guard.revision() || revision.outcome() != GUARD_OUTCOME_MEASURING) continue;
        revision.set_outcome(guard.outcome());
        revision.set_verdict(guard.reason());
        *revision.mutable_verdict_words() = guard.reason_words();
        if (guard.outcome() != GUARD_OUTCOME_REVERTED) return false;
        const auto before = kept_.find(guard.revision() - 1);
        const std::string why = "revision " + std::to_string(guard.revision()) + " made it worse: " + guard.reason();
        return before != kept_.end() && take(before->second, "guard", why, false, false, nowMs).applied();
    }
    return false;
}

TestBackendReply FakeConfig::test(const config::v1::Backend& backend)
{
    TestBackendReply reply;
    const std::string& address = backend.address();
    for (const char* usual : {"http://127.0.0.1:8080", "http://127.0.0.1:11434"}) {
        if (address != usual) continue;
        reply.set_reachable(true);
        reply.set_latency_ms(2.4);
        for (const char* model : {"qwen2.5-coder:7b", "nomic-embed-text", "llama3.2:3b"}) reply.add_models(model);
        return reply;
    }
    reply.set_reason("connection refused: " + (address.empty() ? std::string("no address") : address));
    return reply;
}

void FakeConfig::seedHistory(std::int64_t nowMs)
{
    auto& revision = *revisions_.add_revisions();
    revision.set_revision(revision_);
    revision.set_time_ms(nowMs);
    revision.set_author("console");
    auto& change = *revision.add_changes();
    change.set_path("batcher.timeout_ms");
    change.set_before("50");
    change.set_after("20");
    change.set_takes_effect(config::v1::EFFECT_NEXT_BATCH);
    const auto measured = [&](const char* series, double before, double after) {
        (*revision.mutable_before())[series] = before;
        (*revision.mutable_after())[series] = after;
    };
    measured("served_per_second", 2710, 3180);
    measured("latency_tensor_p99_ms", 11.2, 8.1);
    measured("batch_rows_average", 124, 112);
    measured("connection_reuse", 0.991, 0.992);
    auto& first = *revisions_.add_revisions();
    first.set_revision(2);
    first.set_time_ms(nowMs - 4'000'000);
    first.set_author("millracectl");
    auto& backend = *first.add_changes();
    backend.set_path("backends[1].name");
    backend.set_after("llama");
    kept_[2] = config_;
    kept_[2].mutable_batcher()->clear_timeout_ms();
}

}  // namespace millrace::desktop
