// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control.pb.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace millrace::control {

/// A reply may come at once or later, but exactly once, on the strand.
template <typename T>
using Reply = std::function<void(StatusOr<T>)>;

/// All that the control service knows of the engine: what it shows, and which commands it takes.
///
///     std::uint64_t cursor = 0;                                   // of a watcher, who is sent what is new
///     cursor = engine.fillRequests(records, cursor, 200);
///     engine.loadModel("digits-m", true, [](StatusOr<v1::ModelState> state) { … });
///
/// Owner:  Engine implements it and outlives ControlServer.   Thread: the strand, every method.
/// Bound:  lists are as long as the modules' rings; nothing here may wait for disk or network before it returns.
/// Errors: NotFound for a name that is not there, FailedPrecondition for what the backend cannot do.
/// Not here: configuration (ConfigStore), figures and history (telemetry), events (EventLog).
class EngineControl {
public:
    virtual ~EngineControl() = default;

    /// All of it except `revision`, which ControlServer adds.
    virtual void fillStatus(v1::Status& status) = 0;

    // ---- snapshots for Watch; called only while there are watchers ----

    virtual bool draining() = 0;
    virtual void fillFlow(v1::Flow& flow) = 0;
    virtual void fillPools(v1::PoolSection& pools) = 0;
    /// Lanes and sizes, and the batches that left after `cursor` (0: the last ones kept). Returns the next cursor.
    virtual std::uint64_t fillBatches(v1::BatchSection& batches, std::uint64_t cursor) = 0;
    /// With every load that is kept; what has changed is found out by the service.
    virtual void fillModels(v1::ModelSection& models) = 0;
    virtual void fillStreams(v1::StreamSection& streams) = 0;
    /// Requests that ended after `cursor` (a place in the ring of ended requests), oldest first, the newest `most` of
    /// them. Returns the next cursor.
    virtual std::uint64_t fillRequests(google::protobuf::RepeatedPtrField<v1::RequestRecord>& requests,
                                       std::uint64_t cursor, std::size_t most) = 0;

    // ---- steering ----

    /// `wait`: reply when it is loaded or has failed; else once it has begun.
    virtual void loadModel(const std::string& model, bool wait, Reply<v1::ModelState> reply) = 0;
    virtual void unloadModel(const std::string& model, bool wait, Reply<v1::ModelState> reply) = 0;
    virtual void pinModel(const std::string& model, bool pinned, Reply<v1::ModelState> reply) = 0;
    /// What the request names has been checked: something is to be changed, and in its range.
    virtual void setModelPolicy(const v1::SetModelPolicyRequest& request, Reply<v1::ModelState> reply) = 0;

    /// How many connections were closed or will be after their exchange. Protocol empty: both; ids empty: all idle
    /// ones.
    virtual void evictConnections(const v1::ConnectionsRequest& request, Reply<std::uint32_t> reply) = 0;
    virtual void drainBackend(const std::string& backend, bool draining, Reply<std::uint32_t> reply) = 0;
    virtual void probeBackend(const v1::ConnectionsRequest& request, Reply<v1::ProbeReply> reply) = 0;
    /// Of a server that is not configured; changes nothing. ResourceExhausted when too many are being tested.
    virtual void testBackend(const config::v1::Backend& backend, Reply<v1::TestBackendReply> reply) = 0;

    /// Open requests, then (unless only open ones are wanted) ended ones, newest first.
    virtual void listRequests(const v1::ListRequestsRequest& request, v1::Requests& requests) = 0;
    /// False: no such request is open.
    virtual bool cancelRequest(std::uint64_t id) = 0;

    /// Begins to drain and stop; returns how many requests are in flight. May be called again.
    virtual std::uint64_t shutdown() = 0;
};

}  // namespace millrace::control
