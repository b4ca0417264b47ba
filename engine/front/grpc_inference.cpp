// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_inference.h"

#include "base/one_shot.h"
#include "base/text.h"
#include "front/grpc_infer_stream.h"
#include "front/grpc_shared.h"
#include "front/grpc_tensors.h"
#include "front/grpc_unary.h"
#include "front/kserve.h"
#include "front/kserve_write.h"
#include "front/model_statistics.h"
#include "inference.pb.h"
#include "serve/model_name.h"

#include <algorithm>
#include <optional>

namespace millrace::front {

namespace {

using inference::ModelInferRequest;
using inference::ModelInferResponse;

// ---- requests ----

net::awaitable<GrpcAnswer<ModelInferResponse>> inferWith(std::shared_ptr<GrpcShared> shared,
                                                         std::shared_ptr<CallHandle> handle,
                                                         std::unique_ptr<ModelInferRequest> request)
{
    handle->call->setModel(request->model_name());
    if (Status status = checkRequest(*request); !status.ok()) co_return status;
    auto answer = co_await inferTensors(std::move(shared), handle->call, std::move(request), handle->bytes);
    co_return answer;
}

// ---- metadata ----

/// A model's metadata from its backend; NotFound for an unknown version.
net::awaitable<GrpcAnswer<inference::ModelMetadataResponse>> metadataOf(std::shared_ptr<GrpcShared> shared,
                                                                        std::shared_ptr<serve::Call> call,
                                                                        std::string name, std::string version)
{
    call->setModel(name);
    if (Status status = serve::checkName(name, "name"); !status.ok()) co_return status;
    if (Status status = checkOptional(version, "version"); !status.ok()) co_return status;
    auto metadata = co_await shared->service.modelMetadata(std::move(call), name, version);
    if (!metadata.ok() || version.empty()) co_return metadata;
    const auto& versions = (*metadata)->versions();
    if (std::find(versions.begin(), versions.end(), version) != versions.end()) co_return metadata;
    std::string there;
    for (const auto& known : versions) there += (there.empty() ? "" : ", ") + known;
    co_return withField(
        notFound("model '" + name + "' has version " + (there.empty() ? "1" : there) + ", not '" + version + "'"),
        "version");
}

std::optional<serve::ModelEntry> findModel(const serve::Service& service, const std::string& name)
{
    for (auto& model : service.models())
        if (model.name == name) return model;
    return std::nullopt;
}

net::awaitable<GrpcAnswer<inference::ModelMetadataResponse>> metadataWith(
    std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle> handle,
    std::unique_ptr<inference::ModelMetadataRequest> request)
{
    co_return co_await metadataOf(std::move(shared), handle->call, request->name(), request->version());
}

net::awaitable<GrpcAnswer<inference::ModelReadyResponse>> readyWith(
    std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle>,
    std::unique_ptr<inference::ModelReadyRequest> request)
{
    if (Status status = serve::checkName(request->name(), "name"); !status.ok()) co_return status;
    if (Status status = checkOptional(request->version(), "version"); !status.ok()) co_return status;
    if (Status known = shared->service.known(request->name(), request->version()); !known.ok()) co_return known;
    auto response = std::make_unique<inference::ModelReadyResponse>();
    response->set_ready(!shared->draining && shared->service.modelReady(request->name()));
    co_return response;
}

inference::DataType dataType(const std::string& datatype)
{
    if (datatype == "BYTES") return inference::TYPE_STRING;
    inference::DataType type = inference::TYPE_INVALID;
    return inference::DataType_Parse("TYPE_" + datatype, &type) ? type : inference::TYPE_INVALID;
}

/// Dimensions for a model configuration: without the batch axis.
template <typename Out>
void addTensor(const inference::ModelMetadataResponse::TensorMetadata& from, bool batches, Out* to)
{
    to->set_name(from.name());
    to->set_data_type(dataType(from.datatype()));
    for (int i = batches && from.shape_size() > 0 && from.shape(0) < 0 ? 1 : 0; i < from.shape_size(); ++i)
        to->add_dims(from.shape(i));
}

net::awaitable<GrpcAnswer<inference::ModelConfigResponse>> configWith(
    std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle> handle,
    std::unique_ptr<inference::ModelConfigRequest> request)
{
    auto metadata = co_await metadataOf(shared, handle->call, request->name(), request->version());
    if (!metadata.ok()) co_return metadata.status();
    auto response = std::make_unique<inference::ModelConfigResponse>();
    auto& config = *response->mutable_config();
    config.set_name(request->name());
    config.set_platform((*metadata)->platform());
    config.mutable_version_policy()->mutable_latest()->set_num_versions(1);
    if (const auto entry = findModel(shared->service, request->name())) {
        config.set_backend(entry->backend);
        config.set_max_batch_size(static_cast<std::int32_t>(std::min<std::uint32_t>(entry->info.batchMax, 1u << 30)));
    }
    const bool batches = config.max_batch_size() > 0;
    for (const auto& input : (*metadata)->inputs()) addTensor(input, batches, config.add_input());
    for (const auto& output : (*metadata)->outputs()) addTensor(output, batches, config.add_output());
    co_return response;
}

net::awaitable<GrpcAnswer<inference::ModelStatisticsResponse>> statisticsWith(
    std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle>,
    std::unique_ptr<inference::ModelStatisticsRequest> request)
{
    if (Status status = checkOptional(request->name(), "name"); !status.ok()) co_return status;
    if (Status status = checkOptional(request->version(), "version"); !status.ok()) co_return status;
    co_return modelStatistics(shared->service, request->name(), request->version());
}

// ---- the repository ----

/// Loads and unloads; unsupported parameters are refused, not ignored.
template <typename Request, typename Response>
net::awaitable<GrpcAnswer<Response>> steer(std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle> handle,
                                           std::unique_ptr<Request> request)
{
    constexpr bool kLoads = std::is_same_v<Request, inference::RepositoryModelLoadRequest>;
    if (Status status = serve::checkName(request->model_name(), "model_name"); !status.ok()) co_return status;
    if (!request->repository_name().empty())
        co_return withField(invalidArgument("named repositories are not supported; leave it empty"), "repository_name");
    for (const auto& [name, value] : request->parameters()) {
        if (!kLoads && name == "unload_dependents") continue;  // there are no dependent models
        co_return withField(
            invalidArgument(kLoads ? "is not supported; a model's configuration and files are read from its folder"
                                   : "is not supported"),
            "parameters." + washed(name, 64));
    }
    const auto& hook = kLoads ? shared->hooks.loadModel : shared->hooks.unloadModel;
    if (!hook) co_return unimplemented("models cannot be loaded or unloaded over this interface");
    const auto pass = shared->work.enter();
    if (shared->draining || !pass)
        co_return withRetryAfter(unavailable("the engine is stopping and no longer loads models"), 5s);
    OneShot<Status> done;
    const auto registration = handle->left.token().onCancel([done] { done.set(cancelled("the client disconnected")); });
    hook(request->model_name(), [done](Status status) { done.set(std::move(status)); });
    const Status status = co_await done.wait();
    if (!status.ok()) co_return status;
    co_return std::make_unique<Response>();
}

// ---- the server ----

net::awaitable<GrpcAnswer<inference::ServerLiveResponse>> liveWith(std::shared_ptr<GrpcShared>,
                                                                   std::shared_ptr<CallHandle>,
                                                                   std::unique_ptr<inference::ServerLiveRequest>)
{
    // Live if the strand runs, which this answer proves.
    auto response = std::make_unique<inference::ServerLiveResponse>();
    response->set_live(true);
    co_return response;
}

net::awaitable<GrpcAnswer<inference::ServerReadyResponse>> serverReadyWith(
    std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle>, std::unique_ptr<inference::ServerReadyRequest>)
{
    auto response = std::make_unique<inference::ServerReadyResponse>();
    response->set_ready(shared->serving());
    co_return response;
}

net::awaitable<GrpcAnswer<inference::ServerMetadataResponse>> serverMetadataWith(
    std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle>, std::unique_ptr<inference::ServerMetadataRequest>)
{
    auto response = std::make_unique<inference::ServerMetadataResponse>();
    response->set_name("millrace");
    response->set_version(shared->hooks.version);
    for (const auto* extension : kKServeExtensions) response->add_extensions(extension);
    co_return response;
}

net::awaitable<GrpcAnswer<inference::RepositoryIndexResponse>> indexWith(
    std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle>,
    std::unique_ptr<inference::RepositoryIndexRequest> request)
{
    if (!request->repository_name().empty())
        co_return withField(invalidArgument("named repositories are not supported; leave it empty"), "repository_name");
    auto response = std::make_unique<inference::RepositoryIndexResponse>();
    for (const auto& model : shared->service.models()) {
        const std::string state = kserveState(model.state);
        if (request->ready() && state != "READY") continue;
        auto* entry = response->add_models();
        entry->set_name(model.name);
        entry->set_version("1");
        entry->set_state(state);
        if (model.state != load::ModelState::Warm) entry->set_reason(load::name(model.state));
    }
    co_return response;
}

/// For methods that Triton has and this server does not: Unimplemented, whatever the message.
class Refusal final : public GrpcHandler {
public:
    Refusal(std::shared_ptr<GrpcCall> call, const char* words) : call_(std::move(call)), words_(words) {}
    void begin() override { call_->finish({kGrpcUnimplemented, words_}); }
    void onCancel() override {}

private:
    const std::shared_ptr<GrpcCall> call_;
    const char* const words_;
};

}  // namespace

// ---- the service ----

void addInferenceMethods(GrpcMethods& methods, const std::shared_ptr<GrpcShared>& shared)
{
    using namespace inference;
    const auto full = [](const char* method) { return "/inference.GRPCInferenceService/" + std::string(method); };
    addUnary<ServerLiveRequest, ServerLiveResponse>(methods, full("ServerLive"), shared, {}, &liveWith);
    addUnary<ServerReadyRequest, ServerReadyResponse>(methods, full("ServerReady"), shared, {}, &serverReadyWith);
    addUnary<ModelReadyRequest, ModelReadyResponse>(methods, full("ModelReady"), shared, {}, &readyWith);
    addUnary<ServerMetadataRequest, ServerMetadataResponse>(methods, full("ServerMetadata"), shared, {},
                                                            &serverMetadataWith);
    addUnary<ModelMetadataRequest, ModelMetadataResponse>(methods, full("ModelMetadata"), shared, "ModelMetadata",
                                                          &metadataWith);
    addUnary<ModelInferRequest, ModelInferResponse>(methods, full("ModelInfer"), shared, "ModelInfer", &inferWith);
    addUnary<ModelConfigRequest, ModelConfigResponse>(methods, full("ModelConfig"), shared, "ModelConfig", &configWith);
    addUnary<ModelStatisticsRequest, ModelStatisticsResponse>(methods, full("ModelStatistics"), shared, {},
                                                              &statisticsWith);
    addUnary<RepositoryIndexRequest, RepositoryIndexResponse>(methods, full("RepositoryIndex"), shared, {}, &indexWith);
    addUnary<RepositoryModelLoadRequest, RepositoryModelLoadResponse>(methods, full("RepositoryModelLoad"), shared, {},
                                                                      &steer);
    addUnary<RepositoryModelUnloadRequest, RepositoryModelUnloadResponse>(methods, full("RepositoryModelUnload"),
                                                                          shared, {}, &steer);
    GrpcMethod stream;
    stream.make = [shared = shared.get()](std::shared_ptr<GrpcCall> call) {
        return makeInferStream(shared->self(), std::move(call));
    };
    stream.oneMessage = false;
    stream.bulkField = http::kRawInputContents;
    methods.emplace(full("ModelStreamInfer"), std::move(stream));

    const auto refuse = [&](const char* name, const char* words) {
        GrpcMethod method;
        method.make = [words](std::shared_ptr<GrpcCall> call) {
            return std::make_shared<Refusal>(std::move(call), words);
        };
        methods.emplace(full(name), std::move(method));
    };
    constexpr const char* kNoSharedMemory = "shared memory is not supported; send tensor contents in the requests";
    for (const auto* name : {"SystemSharedMemoryStatus", "SystemSharedMemoryRegister", "SystemSharedMemoryUnregister",
                             "CudaSharedMemoryStatus", "CudaSharedMemoryRegister", "CudaSharedMemoryUnregister"})
        refuse(name, kNoSharedMemory);
    refuse("TraceSetting",
           "traces are not supported; millracectl requests shows where the time of each request was spent");
    refuse("LogSettings", "logging is controlled by telemetry.log_level; change it with millracectl or in the console");
}

}  // namespace millrace::front
