// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend_set.h"
#include "base/clock.h"
#include "base/event_log.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "batch/batcher.h"
#include "control/config_store.h"
#include "control/engine_control.h"
#include "load/loader.h"
#include "serve/gateway.h"
#include "stream/streamer.h"

#include <functional>
#include <string>

namespace millrace {

/// The engine as the console sees and steers it: answers the control plane from the modules' snapshots, and passes on
/// what the operator wants.
///
/// Owner:  Engine.      Thread: the strand.
/// Bound:  kTrialsMax tests of backends at the same time; what it asks for else is bounded where it is done.
/// Errors: NotFound for a name that is not there; the modules' own.
/// Stop:   the work it has begun goes with the loop.
/// Not here: how the engine is built, drained and stopped (Engine); configuration, history (control).
class EngineAnswers final : public control::EngineControl {
public:
    static constexpr int kTrialsMax = 4;

    /// What does not change while the engine runs.
    struct Facts {
        std::string bootId, version;
        std::string http, grpc, control;  ///< addresses
        std::string stateDir;
        std::int64_t startedMs = 0;
    };
    struct Stop {
        std::function<bool()> isDraining;
        std::function<void()> begin;
    };
    /// All of it outlives the answers.
    struct Modules {
        Clock& clock;
        const Registry& registry;
        EventLog& eventLog;
        const control::ConfigStore& config;
        stream::Streamer& streamer;
        load::Loader& loader;
        batch::Batcher& batcher;
        BackendSet& backends;
        serve::Gateway& gateway;
    };

    EngineAnswers(Strand strand, Modules modules, Facts facts, Stop stop);

    void fillStatus(control::v1::Status& status) override;
    bool draining() override { return stop_.isDraining(); }
    void fillFlow(control::v1::Flow& flow) override;
    void fillPools(control::v1::PoolSection& pools) override;
    std::uint64_t fillBatches(control::v1::BatchSection& batches, std::uint64_t cursor) override;
    void fillModels(control::v1::ModelSection& models) override;
    void fillStreams(control::v1::StreamSection& streams) override;
    std::uint64_t fillRequests(google::protobuf::RepeatedPtrField<control::v1::RequestRecord>& requests,
                               std::uint64_t cursor, std::size_t most) override;

    void loadModel(const std::string& model, bool wait, control::Reply<control::v1::ModelState> reply) override;
    void unloadModel(const std::string& model, bool wait, control::Reply<control::v1::ModelState> reply) override;
    void pinModel(const std::string& model, bool pinned, control::Reply<control::v1::ModelState> reply) override;
    void setModelPolicy(const control::v1::SetModelPolicyRequest& request,
                        control::Reply<control::v1::ModelState> reply) override;

    void evictConnections(const control::v1::ConnectionsRequest& request, control::Reply<std::uint32_t> reply) override;
    void drainBackend(const std::string& backend, bool draining, control::Reply<std::uint32_t> reply) override;
    void probeBackend(const control::v1::ConnectionsRequest& request,
                      control::Reply<control::v1::ProbeReply> reply) override;
    void testBackend(const config::v1::Backend& backend, control::Reply<control::v1::TestBackendReply> reply) override;

    void listRequests(const control::v1::ListRequestsRequest& request, control::v1::Requests& requests) override;
    bool cancelRequest(std::uint64_t id) override;
    std::uint64_t shutdown() override;

private:
    StatusOr<control::v1::ModelState> stateOf(const std::string& model) const;

    Strand strand_;
    const Modules at_;
    const Facts facts_;
    const Stop stop_;
    int trials_ = 0;  // in flight
};

}  // namespace millrace
