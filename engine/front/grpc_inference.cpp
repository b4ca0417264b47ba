// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/tensor.h"
#include "backend/tensor_message.h"
#include "base/one_shot.h"
#include "base/text.h"
#include "front/grpc_shared.h"
#include "front/grpc_unary.h"
#include "front/kserve.h"
#include "front/model_statistics.h"
#include "inference.pb.h"
#include "serve/model_name.h"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <deque>
#include <exception>
#include <optional>

namespace millrace::front {

namespace {

using inference::ModelInferRequest;
using inference::ModelInferResponse;
using inference::ModelStreamInferResponse;

// ---- requests and answers ----

Status checkOptional(const std::string& name, const char* field)
{
    return name.empty() ? absl::OkStatus() : serve::checkName(name, field);
}

Status checkRequest(const ModelInferRequest& request)
{
    if (Status status = serve::checkName(request.model_name(), "model_name"); !status.ok()) return status;
    if (Status status = checkOptional(request.model_version(), "model_version"); !status.ok()) return status;
    return checkOptional(request.id(), "id");
}

/// Whether the client speaks in typed contents, and so expects them.
bool isTyped(const ModelInferRequest& request)
{
    return request.raw_input_contents().empty() && std::any_of(request.inputs().begin(), request.inputs().end(),
                                                               [](const auto& input) { return input.has_contents(); });
}

/// Raw contents as typed ones: all of them, or none where one has no typed form (FP16, BF16).
void makeTyped(ModelInferResponse& response)
{
    if (response.raw_output_contents_size() != response.outputs_size()) return;
    std::vector<inference::InferTensorContents> contents(static_cast<std::size_t>(response.outputs_size()));
    for (int i = 0; i < response.outputs_size(); ++i) {
        auto& typed = contents[static_cast<std::size_t>(i)];
        if (!backend::toTyped(response.outputs(i).datatype(), response.raw_output_contents(i), &typed).ok()) return;
    }
    for (int i = 0; i < response.outputs_size(); ++i)
        *response.mutable_outputs(i)->mutable_contents() = std::move(contents[static_cast<std::size_t>(i)]);
    response.clear_raw_output_contents();
}

std::size_t rawBytes(const ModelInferResponse& response)
{
    std::size_t bytes = 0;
    for (const auto& tensor : response.raw_output_contents()) bytes += tensor.size();
    return bytes;
}

/// `request` has been checked, and its message had `bytes`: contents of megabytes change their form beside the loop.
net::awaitable<GrpcAnswer<ModelInferResponse>> inferTensors(std::shared_ptr<GrpcShared> shared,
                                                            std::shared_ptr<serve::Call> call,
                                                            std::unique_ptr<ModelInferRequest> request,
                                                            std::size_t bytes)
{
    const bool typed = isTyped(*request);
    if (typed && bytes >= OffLoop::kBytesMin) {
        auto reading = [taken = std::move(request)]() mutable -> StatusOr<std::unique_ptr<ModelInferRequest>> {
            if (Status status = backend::normaliseRequest(taken.get()); !status.ok()) return status;
            return std::move(taken);
        };
        auto read = co_await shared->bodies->offLoop.run(std::move(reading));
        if (!read.ok()) co_return read.status();
        if (!read->ok()) co_return read->status();
        request = **std::move(read);
    }
    auto answer = co_await shared->service.infer(call, std::move(request));
    if (!typed || !answer.ok()) co_return answer;
    if (rawBytes(**answer) < OffLoop::kBytesMin) {
        makeTyped(**answer);
        co_return answer;
    }
    auto writing = [taken = *std::move(answer)]() mutable {
        makeTyped(*taken);
        return std::move(taken);
    };
    co_return co_await shared->bodies->offLoop.run(std::move(writing));
}

net::awaitable<GrpcAnswer<ModelInferResponse>> inferWith(std::shared_ptr<GrpcShared> shared,
                                                         std::shared_ptr<CallHandle> handle,
                                                         std::unique_ptr<ModelInferRequest> request)
{
    handle->call->setModel(request->model_name());
    if (Status status = checkRequest(*request); !status.ok()) co_return status;
    auto answer = co_await inferTensors(std::move(shared), handle->call, std::move(request), handle->bytes);
    co_return answer;
}

// ---- what is known of models ----

/// What its backend says of a model; NotFound for a version that is not there.
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
    for (const auto& each : versions) there += (there.empty() ? "" : ", ") + each;
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

/// Dimensions as a model's configuration has them: without the axis of the batch.
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

/// Loads and unloads; what a request asks beyond that is refused, not ignored.
template <typename Request, typename Response>
net::awaitable<GrpcAnswer<Response>> steer(std::shared_ptr<GrpcShared> shared, std::shared_ptr<CallHandle> handle,
                                           std::unique_ptr<Request> request)
{
    constexpr bool kLoads = std::is_same_v<Request, inference::RepositoryModelLoadRequest>;
    if (Status status = serve::checkName(request->model_name(), "model_name"); !status.ok()) co_return status;
    if (!request->repository_name().empty())
        co_return withField(invalidArgument("named repositories are not supported; leave it empty"), "repository_name");
    for (const auto& [name, value] : request->parameters()) {
        if (!kLoads && name == "unload_dependents") continue;  // no model here depends on another one
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
    // Live means that the strand turns: it answers itself.
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
        if (state != "READY") entry->set_reason(model.state);
    }
    co_return response;
}

/// For what Triton has and this server has not: says so, whatever the message is.
class Refusal final : public GrpcHandler {
public:
    Refusal(std::shared_ptr<GrpcCall> call, const char* words) : call_(std::move(call)), words_(words) {}
    void begin() override { call_->finish({kGrpcUnimplemented, words_}); }
    void onCancel() override {}

private:
    const std::shared_ptr<GrpcCall> call_;
    const char* const words_;
};

// ---- ModelStreamInfer ----

/// Requests of one stream: several at once, so that they can share a batch; answers in the order asked.
/// Thread: the strand.
class InferStream final : public GrpcHandler, public GrpcStream, public std::enable_shared_from_this<InferStream> {
public:
    InferStream(std::shared_ptr<GrpcShared> shared, std::shared_ptr<GrpcCall> call)
        : shared_(std::move(shared)),
          rpc_(std::move(call)),
          caller_(describe(*rpc_, "ModelStreamInfer")),
          grpcErrors_(rpc_->field("triton_grpc_error") == "true")
    {}

    void begin() override;
    void onMessage(GrpcMessage message) override;
    void onReadsDone() override;
    void onWritten(bool ok) override;
    void onCancel() override;
    void look(TimePoint now) override;
    void close() override;

private:
    struct Slot {
        std::shared_ptr<serve::Call> call;
        std::size_t bytes = 0;  // of its message
        BodyBytes held;
        ModelStreamInferResponse response;
        Status status;
        bool finalWanted = false;
        bool done = false;
    };

    static net::awaitable<void> serve(std::shared_ptr<InferStream> self, std::shared_ptr<Slot> slot,
                                      std::unique_ptr<ModelInferRequest> request,
                                      http::GrpcMessageReader::Message large);
    static Status prepare(Slot& slot, ModelInferRequest& request);
    static http::GrpcFramed framed(const std::shared_ptr<Slot>& slot);
    void readNext();
    void settle(Slot& slot, StatusOr<std::unique_ptr<ModelInferResponse>> answer);
    void pump();
    void giveUp(const std::string& why);
    void end(const Status& status);

    const std::shared_ptr<GrpcShared> shared_;
    const std::shared_ptr<GrpcCall> rpc_;
    const GrpcCaller caller_;
    const bool grpcErrors_;  // the client wants real codes instead of error messages
    std::optional<TimePoint> writingSince_;
    std::deque<std::shared_ptr<Slot>> slots_;
    bool reading_ = false, readsDone_ = false, cancelled_ = false, closing_ = false, ended_ = false;
};

void InferStream::begin()
{
    nameRequest(*rpc_, caller_.requestId, nullptr);
    shared_->enter(*this);
    readNext();
}

void InferStream::readNext()
{
    if (ended_ || cancelled_ || reading_ || readsDone_ || slots_.size() >= GrpcFront::kStreamCallsMax) return;
    reading_ = true;
    rpc_->read();
}

void InferStream::onReadsDone()
{
    reading_ = false;
    readsDone_ = true;
    pump();
}

void InferStream::onMessage(GrpcMessage message)
{
    reading_ = false;
    if (ended_ || cancelled_) return;
    auto slot = std::make_shared<Slot>();
    slot->call = shared_->service.open(caller_.info);
    slots_.push_back(slot);
    slot->bytes = message.size;
    slot->held = std::move(message.held);
    Status status = caller_.problem;
    if (!message.problem.ok()) readsDone_ = true;  // what follows is not looked at
    if (status.ok()) status = std::move(message.problem);
    std::unique_ptr<ModelInferRequest> request;
    if (status.ok() && message.message.bytes().size() < OffLoop::kBytesMin) {
        request = readMessage<ModelInferRequest>(message.message);
        if (!request) status = unreadable<ModelInferRequest>();
    }
    if (!status.ok()) {
        settle(*slot, status);
        pump();
        return readNext();
    }
    http::GrpcMessageReader::Message large;
    if (!request) {
        large = std::move(message.message);
        large.keep();
    }
    auto ended = [self = shared_from_this(), slot](const std::exception_ptr& error) {
        if (error) self->settle(*slot, ofException(error));
        self->pump();
    };
    net::co_spawn(shared_->strand, serve(shared_from_this(), slot, std::move(request), std::move(large)),
                  std::move(ended));
    readNext();
}

Status InferStream::prepare(Slot& slot, ModelInferRequest& request)
{
    if (slot.call) slot.call->setModel(request.model_name());
    slot.response.mutable_infer_response()->set_id(request.id());  // an error names its request too
    constexpr const char* kFinal = "triton_enable_empty_final_response";
    if (const auto found = request.parameters().find(kFinal); found != request.parameters().end()) {
        slot.finalWanted = found->second.bool_param();
        request.mutable_parameters()->erase(kFinal);
    }
    return checkRequest(request);
}

net::awaitable<void> InferStream::serve(std::shared_ptr<InferStream> self, std::shared_ptr<Slot> slot,
                                        std::unique_ptr<ModelInferRequest> request,
                                        http::GrpcMessageReader::Message large)
{
    if (!request) {
        auto reading = [taken = std::move(large)]() mutable { return readMessage<ModelInferRequest>(taken); };
        auto read = co_await self->shared_->bodies->offLoop.run(std::move(reading));
        request = read.ok() ? *std::move(read) : nullptr;
        if (!request) {
            self->settle(*slot, read.ok() ? unreadable<ModelInferRequest>() : read.status());
            co_return;
        }
    }
    if (Status status = prepare(*slot, *request); !status.ok()) {
        self->settle(*slot, status);
        co_return;
    }
    auto answer = co_await inferTensors(self->shared_, slot->call, std::move(request), slot->bytes);
    self->settle(*slot, std::move(answer));
}

void InferStream::settle(Slot& slot, StatusOr<std::unique_ptr<ModelInferResponse>> answer)
{
    if (slot.done) return;
    slot.done = true;
    slot.held.release();
    slot.status = answer.status();
    std::uint64_t bytes = 0;
    if (answer.ok()) {
        *slot.response.mutable_infer_response() = std::move(**answer);
        if (slot.finalWanted) {
            auto& parameters = *slot.response.mutable_infer_response()->mutable_parameters();
            parameters["triton_final_response"].set_bool_param(true);
        }
        bytes = slot.response.ByteSizeLong();
        slot.call->firstByte();
    } else {
        slot.response.set_error_message(washed(kserveWords(answer.status()), kMessageBytesMax));
    }
    const int http = answer.ok() ? 200 : static_cast<int>(toHttp(answer.status()));
    std::exchange(slot.call, nullptr)->finish(http, slot.status, bytes);
}

http::GrpcFramed InferStream::framed(const std::shared_ptr<Slot>& slot)
{
    return slot->status.ok()
               ? http::frameStreamed(std::shared_ptr<const ModelStreamInferResponse>(slot, &slot->response))
               : frameMessage(slot->response);
}

void InferStream::pump()
{
    if (ended_ || writingSince_) return;
    if (cancelled_) return end(cancelled("the client disconnected"));
    if (!slots_.empty() && slots_.front()->done) {
        const auto slot = slots_.front();
        slots_.pop_front();
        if (!slot->status.ok() && grpcErrors_) {
            for (const auto& left : slots_)
                if (left->call) left->call->cancel("an earlier request of the stream failed");
            slots_.clear();
            end(slot->status);
            return;
        }
        writingSince_ = shared_->clock.now();
        rpc_->write(framed(slot));
        readNext();
        return;
    }
    if (!slots_.empty()) return;
    if (readsDone_)
        end(absl::OkStatus());
    else if (closing_)
        end(unavailable("the engine is stopping"));
}

void InferStream::onWritten(bool)
{
    writingSince_.reset();
    pump();
}

void InferStream::onCancel()
{
    giveUp("the client disconnected");
    writingSince_.reset();
    pump();
}

void InferStream::giveUp(const std::string& why)
{
    if (std::exchange(cancelled_, true)) return;
    for (const auto& slot : slots_)
        if (slot->call) slot->call->cancel(why);
    slots_.clear();
}

/// A client whose library answers pings while its program reads nothing is there and takes nothing.
void InferStream::look(TimePoint now)
{
    if (cancelled_ || ended_ || !writingSince_ || now - *writingSince_ < shared_->options.bodyTimeout) return;
    giveUp("the client did not read its responses in time (limits.body_timeout_ms)");
    rpc_->reset();
}

void InferStream::close()
{
    closing_ = true;
    pump();
}

void InferStream::end(const Status& status)
{
    ended_ = true;
    shared_->leave(*this);
    rpc_->finish(toGrpcStatus(*rpc_, status));
}

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
        return std::make_shared<InferStream>(shared->self(), std::move(call));
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
