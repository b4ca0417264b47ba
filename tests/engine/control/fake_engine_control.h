// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/on_strand.h"
#include "base/ring.h"
#include "control/engine_control.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

/// A small engine that behaves: models load and unload, batches and requests end, a drain counts. Strand only.
class FakeEngineControl final : public millrace::control::EngineControl {
public:
    explicit FakeEngineControl(millrace::Strand strand) : strand_(strand)
    {
        for (const char* name : {"alpha", "beta"}) models_[name].set_state(millrace::control::v1::MODEL_PHASE_COLD);
    }

    // ---- what a test does ----

    void endBatch(std::uint32_t rows)
    {
        millrace::control::v1::BatchRecord record;
        record.set_id(++lastBatch_);
        record.set_rows(rows);
        batches_.push(record);
    }
    void endRequest(std::uint64_t id)
    {
        millrace::control::v1::RequestRecord record;
        record.set_id(id);
        record.set_outcome(millrace::control::v1::REQUEST_OUTCOME_OK);
        record.set_model(dirt_);
        record.set_client(dirt_);
        record.set_reason(dirt_);
        if (!dirt_.empty()) record.add_decisions(dirt_);
        requests_.push(record);
    }
    /// A text that a client or backend might send, wherever one is kept.
    void soil(const std::string& text)
    {
        models_[text].set_reason(text);
        dirt_ = text;
    }
    /// Each with a kilobyte of words.
    void addModels(int count)
    {
        for (int i = 0; i < count; ++i) models_["model " + std::to_string(i)].set_reason(std::string(1000, 'r'));
    }
    void openRequest(std::uint64_t id) { open_.push_back(id); }
    void beginLoad(std::uint64_t id, const std::string& model)
    {
        auto& load = loads_[id];
        load.set_id(id);
        load.set_model(model);
        load.set_outcome(millrace::control::v1::LOAD_OUTCOME_LOADING);
    }
    void endLoad(std::uint64_t id) { loads_[id].set_outcome(millrace::control::v1::LOAD_OUTCOME_OK); }
    void setConnections(std::uint32_t active) { active_ = active; }
    /// Ends every load that somebody waits for.
    void finishLoads()
    {
        for (auto& [model, reply] : std::exchange(waiting_, {})) {
            models_[model].set_state(millrace::control::v1::MODEL_PHASE_WARM);
            reply(models_[model]);
        }
    }
    int fills = 0;  ///< snapshots asked for
    bool draining_ = false;
    bool forgetful = false;  ///< drops replies

    // ---- EngineControl ----

    void fillStatus(millrace::control::v1::Status& status) override
    {
        MR_ON_STRAND(strand_);
        status.set_version("test");
        status.set_requests_in_flight(open_.size());
    }
    bool draining() override { return draining_; }
    void fillFlow(millrace::control::v1::Flow& flow) override
    {
        MR_ON_STRAND(strand_);
        ++fills;
        flow.set_requests_total(requests_.end());
    }
    void fillPools(millrace::control::v1::PoolSection& pools) override
    {
        auto& pool = *pools.add_pools();
        pool.set_backend("b");
        pool.set_active(active_);
        namespace v1 = millrace::control::v1;
        for (const auto reason : {v1::CLOSE_REASON_IDLE, v1::CLOSE_REASON_SERVER_CLOSED}) {
            auto& closed = *pool.add_closed_total();
            closed.set_reason(reason);
            closed.set_count(1);
        }
    }
    std::uint64_t fillBatches(millrace::control::v1::BatchSection& batches, std::uint64_t cursor) override
    {
        batches.add_lanes()->set_batches_total(lastBatch_);
        for (auto at = std::max(cursor, batches_.begin()); at < batches_.end(); ++at)
            *batches.add_recent() = batches_.at(at);
        return batches_.end();
    }
    void fillModels(millrace::control::v1::ModelSection& models) override
    {
        for (const auto& [name, state] : models_) {
            *models.add_models() = state;
            models.mutable_models()->rbegin()->set_model(name);
        }
        for (const auto& [id, load] : loads_) *models.add_recent() = load;
    }
    void fillStreams(millrace::control::v1::StreamSection&) override {}
    std::uint64_t fillRequests(google::protobuf::RepeatedPtrField<millrace::control::v1::RequestRecord>& requests,
                               std::uint64_t cursor, std::size_t most) override
    {
        auto at = std::max(cursor, requests_.begin());
        if (requests_.end() - at > most) at = requests_.end() - most;
        for (; at < requests_.end(); ++at) *requests.Add() = requests_.at(at);
        return requests_.end();
    }

    void loadModel(const std::string& model, bool wait,
                   millrace::control::Reply<millrace::control::v1::ModelState> reply) override
    {
        MR_ON_STRAND(strand_);
        if (forgetful) return;
        const auto found = models_.find(model);
        if (found == models_.end()) {
            reply(millrace::notFound("there is no model " + model));
            return;
        }
        found->second.set_state(millrace::control::v1::MODEL_PHASE_LOADING);
        if (wait)
            waiting_.emplace_back(model, std::move(reply));
        else
            reply(found->second);
    }
    void unloadModel(const std::string& model, bool,
                     millrace::control::Reply<millrace::control::v1::ModelState> reply) override
    {
        if (models_[model].pinned()) {
            reply(millrace::failedPrecondition(model + " is pinned"));
            return;
        }
        models_[model].set_state(millrace::control::v1::MODEL_PHASE_COLD);
        reply(models_[model]);
    }
    void pinModel(const std::string& model, bool pinned,
                  millrace::control::Reply<millrace::control::v1::ModelState> reply) override
    {
        models_[model].set_pinned(pinned);
        reply(models_[model]);
    }
    void setModelPolicy(const millrace::control::v1::SetModelPolicyRequest& request,
                        millrace::control::Reply<millrace::control::v1::ModelState> reply) override
    {
        const auto found = models_.find(request.model());
        if (found == models_.end()) {
            reply(millrace::notFound("there is no model " + request.model()));
            return;
        }
        auto& state = found->second;
        if (request.has_idle_ttl_ms()) state.set_idle_ttl_ms(request.idle_ttl_ms());
        if (request.idle_ttl_default()) state.clear_idle_ttl_ms();
        if (request.has_preload()) state.set_never_preloaded(!request.preload());
        reply(state);
    }
    void evictConnections(const millrace::control::v1::ConnectionsRequest& request,
                          millrace::control::Reply<std::uint32_t> reply) override
    {
        if (request.backend() != "b")
            reply(millrace::notFound("there is no backend " + request.backend()));
        else
            reply(static_cast<std::uint32_t>(request.ids_size() ? request.ids_size() : 3));
    }
    void drainBackend(const std::string&, bool draining, millrace::control::Reply<std::uint32_t> reply) override
    {
        draining_ = draining;
        reply(active_);
    }
    void probeBackend(const millrace::control::v1::ConnectionsRequest&,
                      millrace::control::Reply<millrace::control::v1::ProbeReply> reply) override
    {
        millrace::control::v1::ProbeReply answer;
        answer.set_healthy(true);
        answer.set_latency_ms(1.5);
        reply(answer);
    }
    void testBackend(const millrace::config::v1::Backend& backend,
                     millrace::control::Reply<millrace::control::v1::TestBackendReply> reply) override
    {
        millrace::control::v1::TestBackendReply answer;
        answer.set_reachable(!backend.address().empty());
        if (answer.reachable()) answer.add_models("alpha");
        reply(answer);
    }
    void listRequests(const millrace::control::v1::ListRequestsRequest& request,
                      millrace::control::v1::Requests& requests) override
    {
        for (const auto id : open_) requests.add_requests()->set_id(id);
        if (request.open_only()) return;
        for (auto at = requests_.end(); at > requests_.begin(); --at) *requests.add_requests() = requests_.at(at - 1);
    }
    bool cancelRequest(std::uint64_t id) override { return std::erase(open_, id) > 0; }
    std::uint64_t shutdown() override
    {
        draining_ = true;
        return open_.size();
    }

private:
    millrace::Strand strand_;
    std::map<std::string, millrace::control::v1::ModelState> models_;
    std::map<std::uint64_t, millrace::control::v1::LoadRecord> loads_;
    std::vector<std::pair<std::string, millrace::control::Reply<millrace::control::v1::ModelState>>> waiting_;
    millrace::Ring<millrace::control::v1::BatchRecord> batches_{100};
    millrace::Ring<millrace::control::v1::RequestRecord> requests_{100};
    std::vector<std::uint64_t> open_;
    std::uint64_t lastBatch_ = 0;
    std::uint32_t active_ = 0;
    std::string dirt_;
};
