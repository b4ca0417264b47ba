// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/runtime/runtime_client.h"

#include "backend/model_list.h"
#include "http/grpc_framed.h"
#include "inference.pb.h"

#include <algorithm>
#include <utility>

namespace millrace::backend {

namespace {

constexpr char kListTarget[] = "/v1/models";
constexpr char kHealthTarget[] = "/healthz";  // cheap: listing the models reads their folders

constexpr char kService[] = "/inference.GRPCInferenceService/";

/// Of a load, to our runtime: "preload", or "expedite" for one in flight.
constexpr char kUrgency[] = "urgency";
constexpr Duration kExpediteWithin = 5s;

Status unreadable()
{
    return internal("the runtime's answer cannot be parsed");
}

/// `address`: none until the process says where it listens; the pools are down until then.
pool::GrpcPool::Target grpcTarget(const std::optional<std::string>& address)
{
    pool::GrpcPool::Target target;
    if (address) target.address = *address;
    target.checkPath = std::string(kService) + "ServerLive";
    target.checkAnswer = [](http::GrpcMessageReader::Message& message) {
        inference::ServerLiveResponse answer;
        if (!http::parseMessage(answer, message.bytes())) return unreadable();
        return answer.live() ? absl::OkStatus() : unavailable("the server reports that it is not live");
    };
    return target;
}

pool::HttpPool::Target httpTarget(const std::optional<std::string>& address)
{
    pool::HttpPool::Target target;
    if (auto endpoint = pool::parseEndpoint(address.value_or("")); address && endpoint.ok())
        target.endpoint = *std::move(endpoint);
    target.healthTarget = kHealthTarget;
    return target;
}

}  // namespace

RuntimeClient::RuntimeClient(Strand strand, Clock& clock, Registry& registry, const std::string& name,
                             const pool::Options& options, std::uint64_t seed, const OnHealth& onHealth)
    : clock_(clock),
      http_(pool::PoolSetup{strand, clock, registry, name, options, seed}, httpTarget(std::nullopt)),
      grpc_(pool::PoolSetup{strand, clock, registry, name, options, seed + 1}, grpcTarget(std::nullopt))
{
    http_.onHealth([onHealth](const pool::HealthChange& change) { onHealth("HTTP", change); });
    grpc_.onHealth([onHealth](const pool::HealthChange& change) { onHealth("gRPC", change); });
}

void RuntimeClient::start()
{
    http_.start();
    grpc_.start();
}

net::awaitable<void> RuntimeClient::stop()
{
    co_await http_.stop();
    co_await grpc_.stop();
}

void RuntimeClient::setTargets(const std::string& http, const std::string& grpc)
{
    http_.setTarget(httpTarget(http));
    grpc_.setTarget(grpcTarget(grpc));
}

void RuntimeClient::setDown(const std::optional<std::string>& why)
{
    http_.setDown(why);
    grpc_.setDown(why);
}

void RuntimeClient::apply(const pool::Options& options)
{
    http_.apply(options);
    grpc_.apply(options);
}

void RuntimeClient::setEnabled(bool enabled)
{
    http_.setEnabled(enabled);
    grpc_.setEnabled(enabled);
}

std::uint32_t RuntimeClient::evict(std::optional<pool::Protocol> protocol, const std::vector<ConnectionId>& ids)
{
    std::uint32_t evicted = 0;
    if (protocol.value_or(pool::Protocol::Http) == pool::Protocol::Http) evicted += http_.evict(ids);
    if (protocol.value_or(pool::Protocol::Grpc) == pool::Protocol::Grpc) evicted += grpc_.evict(ids);
    return evicted;
}

net::awaitable<pool::ProbeResult> RuntimeClient::probe()
{
    pool::ProbeResult grpc = co_await grpc_.probe();
    if (!grpc.healthy) co_return grpc;
    pool::ProbeResult http = co_await http_.probe();
    http.latency = std::max(http.latency, grpc.latency);
    co_return http;
}

// ---- calls ----

template <typename Response, typename Request>
net::awaitable<StatusOr<std::unique_ptr<Response>>> RuntimeClient::call(const char* method,
                                                                        std::shared_ptr<const Request> message,
                                                                        CallContext context)
{
    auto response = std::make_unique<Response>();
    pool::GrpcRequest request;
    request.path = std::string(kService) + method;
    if constexpr (http::HasRawInputs<Request>)
        request.framed = http::frameMessage(std::move(message));  // which keeps it as long as it takes to send it
    else
        request.framed = http::frameMessage(*message);
    if constexpr (http::HasRawOutputs<Response>) request.bulkField = http::kRawOutputContents;
    request.read = [to = response.get()](http::GrpcMessageReader::Message& answer) {
        return http::parseMessage(*to, answer) ? absl::OkStatus() : unreadable();
    };
    const auto trace = context.trace;
    const Status status = co_await grpc_.call(std::move(request), context.deadline, context.cancel, trace.get());
    if (status.ok()) co_return std::move(response);
    if (context.cancel.cancelled()) co_return context.cancel.status();
    co_return status;
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelInferResponse>>> RuntimeClient::infer(
    std::shared_ptr<const inference::ModelInferRequest> request, CallContext context)
{
    return call<inference::ModelInferResponse>("ModelInfer", std::move(request), std::move(context));
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> RuntimeClient::modelMetadata(
    std::string model, CallContext context)
{
    auto request = std::make_shared<inference::ModelMetadataRequest>();
    request->set_name(model);
    return call<inference::ModelMetadataResponse>(
        "ModelMetadata", std::shared_ptr<const inference::ModelMetadataRequest>(request), std::move(context));
}

net::awaitable<StatusOr<std::uint64_t>> RuntimeClient::loadModel(std::string model, CallContext context)
{
    auto request = std::make_shared<inference::RepositoryModelLoadRequest>();
    request->set_model_name(model);
    if (context.priority < 0) (*request->mutable_parameters())[kUrgency].set_string_param("preload");
    const std::shared_ptr<const inference::RepositoryModelLoadRequest> fixed = request;
    const auto loaded = co_await call<inference::RepositoryModelLoadResponse>("RepositoryModelLoad", fixed, context);
    if (!loaded.ok()) co_return loaded.status();
    // The footprint is known once it is there; a list that fails now does not undo the load.
    const auto models = co_await listModels(context);
    if (models.ok())
        for (const ModelInfo& info : *models)
            if (info.name == model) co_return info.bytes;
    co_return std::uint64_t{0};
}

net::awaitable<void> RuntimeClient::expediteLoad(std::string model)
{
    auto request = std::make_shared<inference::RepositoryModelLoadRequest>();
    request->set_model_name(model);
    (*request->mutable_parameters())[kUrgency].set_string_param("expedite");
    const std::shared_ptr<const inference::RepositoryModelLoadRequest> fixed = request;
    CallContext context;
    context.deadline = clock_.now() + kExpediteWithin;
    // The load itself says how it ends.
    static_cast<void>(
        co_await call<inference::RepositoryModelLoadResponse>("RepositoryModelLoad", fixed, std::move(context)));
}

net::awaitable<Status> RuntimeClient::unloadModel(std::string model, CallContext context)
{
    auto request = std::make_shared<inference::RepositoryModelUnloadRequest>();
    request->set_model_name(model);
    const std::shared_ptr<const inference::RepositoryModelUnloadRequest> fixed = request;
    const auto unloaded =
        co_await call<inference::RepositoryModelUnloadResponse>("RepositoryModelUnload", fixed, std::move(context));
    co_return unloaded.status();
}

net::awaitable<StatusOr<pool::HttpResponse>> RuntimeClient::http(pool::HttpRequest&& request,
                                                                 const CallContext& context)
{
    if (!request.silenceMax && context.silenceMax != Duration::max()) request.silenceMax = context.silenceMax;
    co_return co_await http_.send(std::move(request), context.deadline, context.cancel, context.trace.get());
}

net::awaitable<StatusOr<std::vector<ModelInfo>>> RuntimeClient::listModels(CallContext context)
{
    pool::HttpRequest request;
    request.method = "GET";
    request.target = kListTarget;
    StatusOr<pool::HttpResponse> answer = co_await http(std::move(request), context);
    co_return co_await readModelList(std::move(answer), kListTarget);
}

}  // namespace millrace::backend
