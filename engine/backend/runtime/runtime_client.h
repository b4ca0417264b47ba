// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "backend/backend.h"
#include "pool/grpc_pool.h"
#include "pool/http_pool.h"

#include <boost/asio/awaitable.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace millrace::backend {

/// The client of the embedded runtime: tensors and loading over gRPC, OpenAI routes and the list of models over HTTP,
/// each through a pool. Not here: the process, and where it listens (RuntimeBackend).
///
///     client.setDown("it has not been started");
///     client.setTargets(httpAddress, grpcAddress);
///     client.setDown(std::nullopt);                       // the pools connect now
///     auto answer = co_await client.infer(request, context);
///
/// Owner:  RuntimeBackend, which outlives the calls. Thread: the strand. Bound: the pools.
/// Errors: Unavailable while it is down; those of gRPC with the server's message; Internal for malformed responses.
/// Stop:   stop() lets calls finish.
class RuntimeClient {
public:
    /// "HTTP" or "gRPC".
    using OnHealth = std::function<void(const std::string& protocol, const pool::HealthChange& change)>;

    RuntimeClient(Strand strand, Clock& clock, Registry& registry, const std::string& name,
                  const pool::Options& options, std::uint64_t seed, const OnHealth& onHealth);

    void start();
    boost::asio::awaitable<void> stop();
    void setTargets(const std::string& http, const std::string& grpc);
    /// Set: it cannot be reached, and why. Empty: it can.
    void setDown(const std::optional<std::string>& why);
    void apply(const pool::Options& options);
    void setEnabled(bool enabled);
    std::uint32_t setDraining(bool draining) { return http_.setDraining(draining) + grpc_.setDraining(draining); }
    std::uint32_t evict(std::optional<pool::Protocol> protocol, const std::vector<ConnectionId>& ids);
    boost::asio::awaitable<pool::ProbeResult> probe();
    bool available(std::string* why) const { return grpc_.available(why) && http_.available(why); }
    std::uint32_t outstanding() const { return grpc_.outstanding() + http_.outstanding(); }
    std::vector<pool::PoolSnapshot> pools() const { return {http_.snapshot(), grpc_.snapshot()}; }
    std::uint64_t checksFailed() const { return http_.snapshot().healthFailed + grpc_.snapshot().healthFailed; }

    boost::asio::awaitable<StatusOr<std::vector<ModelInfo>>> listModels(CallContext context);
    boost::asio::awaitable<StatusOr<std::uint64_t>> loadModel(std::string model, CallContext context);
    boost::asio::awaitable<void> expediteLoad(std::string model);
    boost::asio::awaitable<Status> unloadModel(std::string model, CallContext context);
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> infer(
        std::shared_ptr<const inference::ModelInferRequest> request, CallContext context);
    boost::asio::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> modelMetadata(
        std::string model, CallContext context);
    boost::asio::awaitable<StatusOr<pool::HttpResponse>> http(pool::HttpRequest&& request, const CallContext& context);

private:
    template <typename Response, typename Request>
    boost::asio::awaitable<StatusOr<std::unique_ptr<Response>>> call(const char* method,
                                                                     std::shared_ptr<const Request> message,
                                                                     CallContext context);

    Clock& clock_;
    pool::HttpPool http_;
    pool::GrpcPool grpc_;
};

}  // namespace millrace::backend
