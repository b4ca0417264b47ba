// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/deadline_timer.h"
#include "base/error.h"
#include "health.pb.h"
#include "http/body_budget.h"
#include "http/grpc_framed.h"
#include "http/grpc_server.h"
#include "inference.pb.h"
#include "runtime/repository.h"
#include "runtime/workers.h"

#include <chrono>
#include <memory>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

namespace millrace::runtime {

/// A status in gRPC's wire form.
http::GrpcStatus onWire(const Status& status);
/// Unavailable.
Status stoppingStatus();
/// The error for a malformed message.
template <typename Message>
Status parse(Message& to, http::GrpcMessageReader::Message& from)
{
    if (!http::parseMessage(to, from))
        return invalidArgument("the message cannot be parsed as " + Message::descriptor()->full_name());
    return absl::OkStatus();
}

/// The runtime's gRPC methods and their shared state. Handlers whose work is on another thread are kept alive here
/// until it completes.
///
///     service.keep(shared_from_this());                // before starting the work
///     const auto self = service.drop(this);            // back on the loop, when it has completed
///
/// Owner: GrpcServer. Thread: the loop. Stop: stop() refuses new calls; idle() is true once all kept handlers have
///         completed and
/// their answers were sent.
class GrpcService final : public http::GrpcServer {
public:
    GrpcService(Strand strandIn, Clock& clockIn, const http::GrpcServerLimits& limits, Repository& repository,
                Workers& workers)
        : http::GrpcServer(strandIn, clockIn, budget_, limits),
          repository_(repository),
          workers_(workers),
          ticks_(strandIn, clockIn, [this] { onTick(); })
    {
        addMethods();
    }

    Repository& repository() { return repository_; }
    Workers& workers() { return workers_; }
    bool stopping() const { return stopping_; }
    /// Keeps a handler alive until drop().
    void keep(std::shared_ptr<http::GrpcHandler> handler)
    {
        auto* const key = handler.get();
        working_.emplace(key, std::move(handler));
    }
    std::shared_ptr<http::GrpcHandler> drop(http::GrpcHandler* handler)
    {
        auto node = working_.extract(handler);
        return node.empty() ? nullptr : std::move(node.mapped());
    }
    void watch(http::GrpcHandler* handler) { watching_.insert(handler); }
    void unwatch(http::GrpcHandler* handler) { watching_.erase(handler); }

    void stop();
    bool idle();
    /// The loop has stopped.
    void abandon()
    {
        ticks_.stop();
        abort(stoppingStatus());
        working_.clear();
    }

    // methods that answer immediately
    Status serverLive(const inference::ServerLiveRequest&, inference::ServerLiveResponse& response);
    Status serverReady(const inference::ServerReadyRequest&, inference::ServerReadyResponse& response);
    Status modelReady(const inference::ModelReadyRequest& request, inference::ModelReadyResponse& response);
    Status serverMetadata(const inference::ServerMetadataRequest&, inference::ServerMetadataResponse& response);
    Status modelMetadata(const inference::ModelMetadataRequest& request, inference::ModelMetadataResponse& response);
    Status index(const inference::RepositoryIndexRequest& request, inference::RepositoryIndexResponse& response);
    Status health(const grpc::health::v1::HealthCheckRequest& request, grpc::health::v1::HealthCheckResponse& response);

private:
    void addMethods();
    void onConnected() override { tickLater(); }
    void onTick();
    void tickLater();

    Repository& repository_;
    Workers& workers_;
    http::BodyBudget budget_;
    std::unordered_map<http::GrpcHandler*, std::shared_ptr<http::GrpcHandler>> working_;
    std::set<http::GrpcHandler*> watching_;
    DeadlineTimer ticks_;
    bool stopping_ = false;
    std::optional<TimePoint> answeredAt_;  // the latest answer, while stopping
};

}  // namespace millrace::runtime
