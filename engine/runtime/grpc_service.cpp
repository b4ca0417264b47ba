// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/grpc_service.h"

#include "base/text.h"
#include "runtime/grpc_infer_call.h"
#include "runtime/grpc_load_call.h"
#include "runtime/grpc_quick_call.h"
#include "runtime/version.h"

#include <string>
#include <string_view>
#include <vector>

namespace millrace::runtime {

namespace {

using http::GrpcCall;
using http::GrpcHandler;
using http::GrpcMessage;

constexpr char kServiceName[] = "inference.GRPCInferenceService";
constexpr Duration kTickEvery = 200ms;  // while there are calls
constexpr Duration kIdleTick = 1s;
constexpr Duration kLeaving = 100ms;  // for the last answers to be read

const char* stateName(ModelState state)
{
    switch (state) {
        case ModelState::Unloaded:
            return "UNAVAILABLE";
        case ModelState::Loading:
            return "LOADING";
        case ModelState::Loaded:
            return "READY";
        case ModelState::Unloading:
            return "UNLOADING";
    }
    return "UNAVAILABLE";
}

bool isService(std::string_view name)
{
    return name.empty() || name == kServiceName || name == "grpc.health.v1.Health";
}

/// Watch: reports the status, and again only when the runtime stops.
class HealthWatch final : public GrpcHandler {
public:
    HealthWatch(GrpcService& service, std::shared_ptr<GrpcCall> call) : service_(service), call_(std::move(call))
    {
        service_.watch(this);
    }
    ~HealthWatch() override { service_.unwatch(this); }
    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override
    {
        grpc::health::v1::HealthCheckRequest request;
        grpc::health::v1::HealthCheckResponse response;
        Status status = std::move(message.problem);
        if (status.ok()) status = parse(request, message.message);
        if (!status.ok()) return call_->finish(onWire(status));
        if (!service_.health(request, response).ok())
            response.set_status(grpc::health::v1::HealthCheckResponse::SERVICE_UNKNOWN);
        call_->write(http::writeMessage(response));
    }
    void onReadsDone() override { call_->finish({http::kGrpcUnimplemented, "the method takes one message"}); }
    /// The runtime stops: ends the watch.
    void onCancel() override { call_->finish(onWire(stoppingStatus())); }

private:
    GrpcService& service_;
    const std::shared_ptr<GrpcCall> call_;
};

}  // namespace

http::GrpcStatus onWire(const Status& status)
{
    if (status.ok()) return {};
    return {toGrpc(status), text(status)};
}

Status stoppingStatus()
{
    return unavailable("the runtime is stopping");
}

// ---- methods that answer immediately ----

Status GrpcService::serverLive(const inference::ServerLiveRequest&, inference::ServerLiveResponse& response)
{
    response.set_live(true);
    return absl::OkStatus();
}

Status GrpcService::serverReady(const inference::ServerReadyRequest&, inference::ServerReadyResponse& response)
{
    response.set_ready(!stopping_);
    return absl::OkStatus();
}

Status GrpcService::modelReady(const inference::ModelReadyRequest& request, inference::ModelReadyResponse& response)
{
    const auto known = repository_.describe(request.name(), request.version());
    response.set_ready(known.ok() && known->state == ModelState::Loaded);
    // As with Triton, "not ready" is an answer, and "unknown" an error.
    return known.status();
}

Status GrpcService::serverMetadata(const inference::ServerMetadataRequest&, inference::ServerMetadataResponse& response)
{
    response.set_name("millrace-runtime");
    response.set_version(kVersion);
    response.add_extensions("model_repository");
    response.add_extensions("model_repository(unload_dependents)");
    return absl::OkStatus();
}

Status GrpcService::modelMetadata(const inference::ModelMetadataRequest& request,
                                  inference::ModelMetadataResponse& response)
{
    // Also for models that are not loaded: reading metadata must not load them.
    const auto known = repository_.describe(request.name(), request.version());
    if (!known.ok()) return known.status();
    if (!known->config) return internal("model '" + known->name + "' cannot be described: " + known->reason);
    const runtime::ModelConfig& config = *known->config;
    response.set_name(known->name);
    response.add_versions(known->version);
    response.set_platform(std::string(config.platform()));
    const auto put = [](const std::vector<TensorSpec>& specs, auto* list) {
        for (const TensorSpec& spec : specs) {
            auto* tensor = list->Add();
            tensor->set_name(spec.name);
            tensor->set_datatype(std::string(nameOf(spec.type)));
            tensor->mutable_shape()->Add(spec.shape.begin(), spec.shape.end());
        }
    };
    put(config.inputs, response.mutable_inputs());
    put(config.outputs, response.mutable_outputs());
    return absl::OkStatus();
}

Status GrpcService::index(const inference::RepositoryIndexRequest& request,
                          inference::RepositoryIndexResponse& response)
{
    for (const ModelInfo& model : repository_.list()) {
        if (request.ready() && model.state != ModelState::Loaded) continue;
        auto* entry = response.add_models();
        entry->set_name(model.name);
        entry->set_version(model.version);
        entry->set_state(stateName(model.state));
        entry->set_reason(model.reason);
    }
    return absl::OkStatus();
}

Status GrpcService::health(const grpc::health::v1::HealthCheckRequest& request,
                           grpc::health::v1::HealthCheckResponse& response)
{
    if (!isService(request.service())) return notFound("unknown service '" + washed(request.service(), 128) + "'");
    response.set_status(stopping_ ? grpc::health::v1::HealthCheckResponse::NOT_SERVING
                                  : grpc::health::v1::HealthCheckResponse::SERVING);
    return absl::OkStatus();
}

// ---- the service ----

void GrpcService::addMethods()
{
    using namespace inference;
    const auto add = [this](const std::string& path, auto make, bool oneMessage = true, std::uint32_t bulk = 0) {
        http::GrpcMethod method;
        method.bulkField = bulk;
        method.make = [this, make](std::shared_ptr<GrpcCall> call) { return make(*this, std::move(call)); };
        method.oneMessage = oneMessage;
        methods.emplace(path, std::move(method));
    };
    const auto quick = [&]<typename Request, typename Response>(
                           const std::string& path, Status (GrpcService::*answer)(const Request&, Response&)) {
        add(path, [answer](GrpcService& service, std::shared_ptr<GrpcCall> call) -> std::shared_ptr<GrpcHandler> {
            return std::make_shared<QuickCall<Request, Response>>(service, std::move(call), answer);
        });
    };
    const std::string at = std::string("/") + kServiceName + "/";
    quick(at + "ServerLive", &GrpcService::serverLive);
    quick(at + "ServerReady", &GrpcService::serverReady);
    quick(at + "ModelReady", &GrpcService::modelReady);
    quick(at + "ServerMetadata", &GrpcService::serverMetadata);
    quick(at + "ModelMetadata", &GrpcService::modelMetadata);
    quick(at + "RepositoryIndex", &GrpcService::index);
    quick("/grpc.health.v1.Health/Check", &GrpcService::health);
    add("/grpc.health.v1.Health/Watch",
        [](GrpcService& service, std::shared_ptr<GrpcCall> call) -> std::shared_ptr<GrpcHandler> {
            return std::make_shared<HealthWatch>(service, std::move(call));
        });
    add(at + "ModelInfer", makeInferCall, true, http::kRawInputContents);
    add(at + "ModelStreamInfer", makeInferStream, false, http::kRawInputContents);
    add(at + "RepositoryModelLoad", makeLoadCall);
    add(at + "RepositoryModelUnload", makeUnloadCall);
}

void GrpcService::tickLater()
{
    if (connections() > 0) ticks_.at(clock.now() + (working_.empty() ? kIdleTick : kTickEvery));
}

void GrpcService::onTick()
{
    const auto self = weak_from_this().lock();  // the last connection may end in tick()
    if (!self) return;
    tick();
    tickLater();
}

void GrpcService::stop()
{
    if (std::exchange(stopping_, true)) return;
    closeGently();
    const auto watching = watching_;
    for (auto* handler : watching)
        if (watching_.contains(handler)) handler->onCancel();
}

bool GrpcService::idle()
{
    if (!working_.empty()) {
        answeredAt_.reset();
        return false;
    }
    if (!answeredAt_) answeredAt_ = clock.now();
    return sentAll() || clock.now() - *answeredAt_ >= kLeaving;
}

}  // namespace millrace::runtime
