// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control.pb.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>

namespace millrace::control {

/// REQUIRES: called exactly once, on the strand, at once or later.
template <typename T>
using Reply = std::function<void(StatusOr<T>)>;

/// The control service's interface to the engine: snapshots to show, and commands.
///
///     std::uint64_t cursor = 0;                                   // per watcher, which receives what is new
///     cursor = engine.fillRequests(records, cursor, 200);
///     engine.loadModel("digits-m", true, [](StatusOr<v1::ModelState> state) { … });
///
/// Owner:  Engine implements it, and outlives ControlServer.   Thread: the strand for all methods.
/// Bound:  lists are as long as the modules' rings. REQUIRES: no method blocks on disk or network.
/// Errors: NotFound for unknown names, FailedPrecondition for what the backend cannot do.
/// Not here: configuration (ConfigStore), series and history (telemetry), events (EventLog).
class EngineControl {
public:
    virtual ~EngineControl() = default;

    /// Fills everything except `revision`, which ControlServer adds.
    virtual void fillStatus(v1::Status& status) = 0;

    // ---- snapshots for Watch; called only while there are watchers ----

    virtual bool draining() = 0;
    virtual void fillFlow(v1::Flow& flow) = 0;
    virtual void fillPools(v1::PoolSection& pools) = 0;
    /// Lanes and sizes, and the batches dispatched after `cursor` (0: all that are kept). Returns the next cursor.
    virtual std::uint64_t fillBatches(v1::BatchSection& batches, std::uint64_t cursor) = 0;
    /// Including all loads that are kept; the service determines what has changed.
    virtual void fillModels(v1::ModelSection& models) = 0;
    virtual void fillStreams(v1::StreamSection& streams) = 0;
    /// Requests that ended after `cursor` (a position in the ring of ended requests), oldest first; if more than
    /// `most`, the newest. Returns the next cursor.
    virtual std::uint64_t fillRequests(google::protobuf::RepeatedPtrField<v1::RequestRecord>& requests,
                                       std::uint64_t cursor, std::size_t most) = 0;

    // ---- steering ----

    /// `wait`: reply once loaded or failed; otherwise once started.
    virtual void loadModel(const std::string& model, bool wait, Reply<v1::ModelState> reply) = 0;
    virtual void unloadModel(const std::string& model, bool wait, Reply<v1::ModelState> reply) = 0;
    virtual void pinModel(const std::string& model, bool pinned, Reply<v1::ModelState> reply) = 0;
    /// REQUIRES: the request changes something, within the allowed range.
    virtual void setModelPolicy(const v1::SetModelPolicyRequest& request, Reply<v1::ModelState> reply) = 0;

    /// Replies with the number of connections closed, now or after their exchange. Protocol empty: both; ids empty: all
    /// idle ones.
    virtual void evictConnections(const v1::ConnectionsRequest& request, Reply<std::uint32_t> reply) = 0;
    virtual void drainBackend(const std::string& backend, bool draining, Reply<std::uint32_t> reply) = 0;
    virtual void probeBackend(const v1::ConnectionsRequest& request, Reply<v1::ProbeReply> reply) = 0;
    /// Contacts a server that is not configured; changes nothing. ResourceExhausted: too many tests in progress.
    virtual void testBackend(const config::v1::Backend& backend, Reply<v1::TestBackendReply> reply) = 0;

    /// Open requests, then ended ones unless excluded; newest first.
    virtual void listRequests(const v1::ListRequestsRequest& request, v1::Requests& requests) = 0;
    /// False: no such request is open.
    virtual bool cancelRequest(std::uint64_t id) = 0;

    /// Starts draining and stopping; returns the number of requests in flight. May be called repeatedly.
    virtual std::uint64_t shutdown() = 0;
};

}  // namespace millrace::control
