// SPDX-License-Identifier: GPL-3.0-or-later
#include "client/fake_config.h"

#include "control/config_messages.h"
#include "control/configuration.h"

namespace millrace::desktop {

using namespace control;
using config::v1::Config;
using millrace::control::ConfigPlan;
using millrace::control::message;

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
    return millrace::control::schemaMessage();
}

ConfigState FakeConfig::state() const
{
    ConfigState state;
    state.set_revision(revision_);
    *state.mutable_config() = config_;
    *state.mutable_effective() = config::effective(config_);
    for (const auto& path : config::paths(config_))
        (*state.mutable_sources())[path] = config::isSet(config_, path) ? VALUE_SOURCE_APPLIED : VALUE_SOURCE_DEFAULT;
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
    return take(planner_.plan({config_, config::effective(config_)}, request), request, nowMs);
}

ApplyConfigReply FakeConfig::take(const ConfigPlan& plan, const ApplyConfigRequest& request, std::int64_t nowMs)
{
    ApplyConfigReply reply;
    reply.set_revision(revision_);
    for (const auto& problem : plan.problems) *reply.add_problems() = message(problem);
    for (const auto& change : plan.changes) *reply.add_changes() = message(change);
    if (!plan.problems.empty() || plan.changes.empty() || request.dry_run()) return reply;
    config_ = plan.stored;
    ++revision_;
    kept_[revision_] = config_;
    Revision revision;
    revision.set_revision(revision_);
    revision.set_time_ms(nowMs);
    revision.set_author(request.author());
    revision.set_comment(request.comment());
    revision.set_guarded(request.guarded());
    if (request.guarded()) revision.set_outcome(GUARD_OUTCOME_MEASURING);
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
        problem.set_message("unknown revision " + std::to_string(revision) + "; available are " +
                            std::to_string(kept_.begin()->first) + " – " + std::to_string(revision_));
        return reply;
    }
    return restore(found->second, AUTHOR_CONSOLE, "rolled back to revision " + std::to_string(revision), nowMs);
}

ApplyConfigReply FakeConfig::restore(const Config& config, Author author, const std::string& comment,
                                     std::int64_t nowMs)
{
    ApplyConfigRequest request;
    *request.mutable_config() = config;
    request.set_author(author);
    request.set_comment(comment);
    return apply(request, nowMs);
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
        return before != kept_.end() && restore(before->second, AUTHOR_GUARD, why, nowMs).applied();
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
    revision.set_author(AUTHOR_CONSOLE);
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
    first.set_author(AUTHOR_MILLRACECTL);
    auto& backend = *first.add_changes();
    backend.set_path("backends[1].name");
    backend.set_after("llama");
    kept_[2] = config_;
    kept_[2].mutable_batcher()->clear_timeout_ms();
}

}  // namespace millrace::desktop
