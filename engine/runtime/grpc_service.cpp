// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/grpc_service.h"

#include "base/mutex.h"
#include "inference.grpc.pb.h"
#include "runtime/answering.h"
#include "runtime/version.h"
#include "runtime/wire_tensors.h"

#include <grpcpp/grpcpp.h>

#include <chrono>
#include <functional>
#include <utility>

namespace millrace::runtime {

namespace {

using inference::ModelInferRequest;
using inference::ModelInferResponse;
using inference::ModelStreamInferResponse;

grpc::Status onWire(const Status& status)
{
    if (status.ok()) return grpc::Status::OK;
    return grpc::Status(static_cast<grpc::StatusCode>(toGrpc(status)), text(status));
}

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

/// Calls that are being worked on, so that a stop can wait for them and for nothing else: gRPC's own graceful
/// shutdown also waits for every client to acknowledge it, which one that is not polling never does.
class UnderWay {
public:
    bool enter()
    {
        const MutexLock lock(mutex_);
        if (closed_) return false;
        ++count_;
        return true;
    }
    void leave()
    {
        const MutexLock lock(mutex_);
        if (--count_ == 0) empty_.notifyAll();
    }
    /// Lets nothing in any more, and waits for the rest; false: some are still there.
    bool close(std::chrono::milliseconds within)
    {
        const MutexLock lock(mutex_);
        closed_ = true;
        const auto deadline = std::chrono::steady_clock::now() + within;
        while (count_ > 0)
            if (!empty_.waitUntil(mutex_, deadline)) return count_ == 0;
        return true;
    }

private:
    Mutex mutex_;
    CondVar empty_;
    std::size_t count_ MILLRACE_GUARDED_BY(mutex_) = 0;
    bool closed_ MILLRACE_GUARDED_BY(mutex_) = false;
};

Status stopping()
{
    return unavailable("the runtime is stopping");
}

/// What asks for something that is not done here is refused with words: silence would be a wrong answer.
Status checkParameters(const ModelInferRequest& request)
{
    const auto refused = [](const std::string& where, const std::string& name, const std::string& why) {
        return withField(invalidArgument("parameter '" + name + "'" + where + ": " + why), "parameters");
    };
    for (const char* name : {"sequence_id", "sequence_start", "sequence_end"})
        if (request.parameters().contains(name))
            return refused("", name, "sequences are not supported; models keep no state between requests");
    if (request.parameters().contains("timeout"))
        return refused("", "timeout", "not supported by this server; use the deadline of the call");
    const auto checkTensor = [&](const auto& tensor, const std::string& kind) -> Status {
        for (const char* name : {"shared_memory_region", "shared_memory_offset", "shared_memory_byte_size"})
            if (tensor.parameters().contains(name))
                return refused(" of " + kind + " '" + tensor.name() + "'", name,
                               "shared memory is not supported by this server; send the contents");
        return absl::OkStatus();
    };
    for (const auto& input : request.inputs())
        if (Status status = checkTensor(input, "input"); !status.ok()) return status;
    for (const auto& output : request.outputs()) {
        if (Status status = checkTensor(output, "output"); !status.ok()) return status;
        if (output.parameters().contains("classification"))
            return refused(" of output '" + output.name() + "'", "classification",
                           "not supported by this server; all scores are returned");
    }
    return absl::OkStatus();
}

/// One row for each vector.
Tensor tensorOf(const std::vector<std::vector<float>>& vectors, const TensorSpec& spec)
{
    const std::size_t size = vectors.front().size();
    Tensor tensor{
        spec.name, spec.type, {static_cast<std::int64_t>(vectors.size()), static_cast<std::int64_t>(size)}, {}, {}};
    tensor.bytes.reserve(vectors.size() * size * sizeof(float));
    for (const auto& vector : vectors)
        tensor.bytes.append(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float));
    return tensor;
}

/// From a request to its response. `gone`: nobody waits any more. `done` is called once, on a worker or at once.
void infer(Repository& repository, Workers& workers, UnderWay& underWay, ModelInferRequest& request,
           ModelInferResponse& response, std::function<bool()> gone, std::function<void(const Status&)> answer)
{
    if (!underWay.enter()) return answer(stopping());
    const auto done = [&underWay, answer = std::move(answer)](const Status& status) {
        answer(status);
        underWay.leave();
    };
    StatusOr<ModelShare> model = repository.find(request.model_name(), request.model_version());
    if (!model.ok()) return done(model.status());
    const ModelConfig& config = (*model)->config;
    if (config.kind == Kind::Text)
        return done(invalidArgument("model '" + (*model)->name +
                                    "' generates text; use /v1/chat/completions or /v1/completions"));
    if (Status status = checkParameters(request); !status.ok()) return done(status);
    const bool raw = usesRaw(request);
    StatusOr<std::vector<Tensor>> given = takeInputs(request);
    if (!given.ok()) return done(given.status());
    StatusOr<CheckedInputs> inputs = checkInputs(*std::move(given), config.inputs, config.batchMax);
    if (!inputs.ok()) return done(inputs.status());
    std::size_t textBytes = 0;
    if (config.kind == Kind::Embedding) {
        const Tensor& texts = inputs->tensors.front();
        if (Status status = checkTexts(**model, texts.strings, "inputs." + texts.name); !status.ok())
            return done(status);
        for (const std::string& text : texts.strings) textBytes += text.size();
    }

    response.set_model_name((*model)->name);
    response.set_model_version((*model)->version);
    response.set_id(request.id());
    if (textBytes > kEmbedBytesOfAPart) {  // in parts, between which others have their turns
        TensorSpec spec = config.outputs.front();
        std::vector<std::string> texts = std::move(inputs->tensors.front().strings);
        return embedAll(workers, *std::move(model), std::move(texts), std::move(gone),
                        [&request, &response, raw, spec = std::move(spec),
                         done](StatusOr<std::vector<std::vector<float>>> vectors) {
                            if (!vectors.ok()) return done(vectors.status());
                            std::vector<Tensor> outputs;
                            outputs.push_back(tensorOf(*vectors, spec));
                            done(putOutputs(std::move(outputs), request, raw, response));
                        });
    }
    auto run = [&request, &response, raw, share = *std::move(model), tensors = std::move(inputs->tensors),
                gone = std::move(gone), done]() mutable {
        Status status;
        if (gone()) {
            status = cancelled("the client disconnected");
        } else {
            StatusOr<std::vector<Tensor>> outputs = share->model->run(tensors);
            status = outputs.ok() ? putOutputs(*std::move(outputs), request, raw, response) : outputs.status();
        }
        share.reset();  // before the answer: an unload that follows it must not have to wait
        done(status);
    };
    if (Status status = workers.submit(std::move(run)); !status.ok()) done(status);
}

/// One client's stream of requests, answered one after another.
class InferStream final : public grpc::ServerBidiReactor<ModelInferRequest, ModelStreamInferResponse> {
public:
    InferStream(grpc::CallbackServerContext* context, Repository& repository, Workers& workers, UnderWay& underWay)
        : context_(context), repository_(repository), workers_(workers), underWay_(underWay)
    {
        StartRead(&request_);
    }

private:
    void OnReadDone(bool ok) override
    {
        if (!ok) return Finish(grpc::Status::OK);
        answer_.Clear();
        infer(
            repository_, workers_, underWay_, request_, *answer_.mutable_infer_response(),
            [this] { return context_->IsCancelled(); },
            [this](const Status& status) {
                if (!status.ok()) {
                    // The stream goes on; Triton keeps the request's id in an otherwise empty response.
                    answer_.Clear();
                    answer_.set_error_message(text(status));
                    answer_.mutable_infer_response()->set_id(request_.id());
                }
                StartWrite(&answer_);
            });
    }
    void OnWriteDone(bool ok) override
    {
        if (!ok) return Finish(grpc::Status::OK);
        request_.Clear();
        StartRead(&request_);
    }
    void OnDone() override { delete this; }

    grpc::CallbackServerContext* context_;
    Repository& repository_;
    Workers& workers_;
    UnderWay& underWay_;
    ModelInferRequest request_;
    ModelStreamInferResponse answer_;
};

class Service final : public inference::GRPCInferenceService::CallbackService {
public:
    Service(Repository& repository, Workers& workers) : repository_(repository), workers_(workers) {}

    grpc::ServerUnaryReactor* ServerLive(grpc::CallbackServerContext* context, const inference::ServerLiveRequest*,
                                         inference::ServerLiveResponse* response) override
    {
        response->set_live(true);
        return finished(context, absl::OkStatus());
    }
    grpc::ServerUnaryReactor* ServerReady(grpc::CallbackServerContext* context, const inference::ServerReadyRequest*,
                                          inference::ServerReadyResponse* response) override
    {
        response->set_ready(true);
        return finished(context, absl::OkStatus());
    }
    grpc::ServerUnaryReactor* ModelReady(grpc::CallbackServerContext* context,
                                         const inference::ModelReadyRequest* request,
                                         inference::ModelReadyResponse* response) override
    {
        const auto known = repository_.describe(request->name(), request->version());
        response->set_ready(known.ok() && known->state == ModelState::Loaded);
        // Not ready is an answer; not there is an error, as with Triton.
        return finished(context, known.status());
    }
    grpc::ServerUnaryReactor* ServerMetadata(grpc::CallbackServerContext* context,
                                             const inference::ServerMetadataRequest*,
                                             inference::ServerMetadataResponse* response) override
    {
        response->set_name("millrace-runtime");
        response->set_version(kVersion);
        response->add_extensions("model_repository");
        response->add_extensions("model_repository(unload_dependents)");
        return finished(context, absl::OkStatus());
    }
    grpc::ServerUnaryReactor* ModelMetadata(grpc::CallbackServerContext* context,
                                            const inference::ModelMetadataRequest* request,
                                            inference::ModelMetadataResponse* response) override
    {
        // Of a model that is not loaded, too: looking at it must not load it.
        const auto known = repository_.describe(request->name(), request->version());
        if (!known.ok()) return finished(context, known.status());
        if (!known->config)
            return finished(context, internal("model '" + known->name + "' cannot be described: " + known->reason));
        const runtime::ModelConfig& config = *known->config;
        response->set_name(known->name);
        response->add_versions(known->version);
        response->set_platform(std::string(config.platform()));
        const auto put = [](const std::vector<TensorSpec>& specs, auto* list) {
            for (const TensorSpec& spec : specs) {
                auto* tensor = list->Add();
                tensor->set_name(spec.name);
                tensor->set_datatype(std::string(nameOf(spec.type)));
                tensor->mutable_shape()->Add(spec.shape.begin(), spec.shape.end());
            }
        };
        put(config.inputs, response->mutable_inputs());
        put(config.outputs, response->mutable_outputs());
        return finished(context, absl::OkStatus());
    }
    grpc::ServerUnaryReactor* ModelInfer(grpc::CallbackServerContext* context, const ModelInferRequest* request,
                                         ModelInferResponse* response) override
    {
        grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
        // The request is ours until Finish; its raw contents move on without a copy.
        infer(
            repository_, workers_, underWay_, const_cast<ModelInferRequest&>(*request), *response,
            [context] { return context->IsCancelled(); },
            [reactor](const Status& status) { reactor->Finish(onWire(status)); });
        return reactor;
    }
    grpc::ServerBidiReactor<ModelInferRequest, ModelStreamInferResponse>* ModelStreamInfer(
        grpc::CallbackServerContext* context) override
    {
        return new InferStream(context, repository_, workers_, underWay_);
    }
    grpc::ServerUnaryReactor* RepositoryIndex(grpc::CallbackServerContext* context,
                                              const inference::RepositoryIndexRequest* request,
                                              inference::RepositoryIndexResponse* response) override
    {
        for (const ModelInfo& model : repository_.list()) {
            if (request->ready() && model.state != ModelState::Loaded) continue;
            auto* entry = response->add_models();
            entry->set_name(model.name);
            entry->set_version(model.version);
            entry->set_state(stateName(model.state));
            entry->set_reason(model.reason);
        }
        return finished(context, absl::OkStatus());
    }
    grpc::ServerUnaryReactor* RepositoryModelLoad(grpc::CallbackServerContext* context,
                                                  const inference::RepositoryModelLoadRequest* request,
                                                  inference::RepositoryModelLoadResponse*) override
    {
        for (const auto& [name, value] : request->parameters())
            if (name == "config" || name.starts_with("file:"))
                return finished(context, invalidArgument("parameter '" + name +
                                                         "': models are loaded from disk, not from a request"));
        // A load that was given up before it came here must not begin after the unload that followed it.
        if (context->IsCancelled()) return finished(context, cancelled("the client disconnected"));
        return counted(context,
                       [&](Repository::Done done) { repository_.load(request->model_name(), std::move(done)); });
    }
    grpc::ServerUnaryReactor* RepositoryModelUnload(grpc::CallbackServerContext* context,
                                                    const inference::RepositoryModelUnloadRequest* request,
                                                    inference::RepositoryModelUnloadResponse*) override
    {
        return counted(context,
                       [&](Repository::Done done) { repository_.unload(request->model_name(), std::move(done)); });
    }

    UnderWay& underWay() { return underWay_; }

private:
    static grpc::ServerUnaryReactor* finished(grpc::CallbackServerContext* context, const Status& status)
    {
        grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
        reactor->Finish(onWire(status));
        return reactor;
    }

    /// `work` gets the callback that ends the call.
    template <typename Work>
    grpc::ServerUnaryReactor* counted(grpc::CallbackServerContext* context, Work work)
    {
        if (!underWay_.enter()) return finished(context, stopping());
        grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
        work([this, reactor](const Status& status) {
            reactor->Finish(onWire(status));
            underWay_.leave();
        });
        return reactor;
    }

    Repository& repository_;
    Workers& workers_;
    UnderWay underWay_;
};

class Server final : public GrpcServer {
public:
    Server(Repository& repository, Workers& workers) : service_(repository, workers) {}
    Status listen(const std::string& address)
    {
        grpc::EnableDefaultHealthCheckService(true);
        grpc::ServerBuilder builder;
        builder.AddListeningPort(address, grpc::InsecureServerCredentials(), &port_);
        builder.RegisterService(&service_);
        builder.SetMaxReceiveMessageSize(kMessageBytesMax);
        builder.SetMaxSendMessageSize(kMessageBytesMax);
        builder.AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second runtime on the same port must fail
        builder.AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10'000);
        server_ = builder.BuildAndStart();
        if (!server_ || port_ == 0) return unavailable("cannot listen on " + address + " (gRPC)");
        return absl::OkStatus();
    }
    ~Server() override { end(); }
    int port() const override { return port_; }
    bool stop(std::chrono::milliseconds within) override
    {
        if (!service_.underWay().close(within)) return false;
        end();
        return true;
    }

private:
    void end()
    {
        if (!server_) return;
        // Every call has its answer; this is for the answers to leave.
        server_->Shutdown(std::chrono::system_clock::now() + std::chrono::milliseconds(100));
        server_->Wait();
        server_.reset();
    }

    Service service_;
    int port_ = 0;
    std::unique_ptr<grpc::Server> server_;  // last: it calls the service
};

}  // namespace

StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::create(const std::string& address, Repository& repository,
                                                         Workers& workers)
{
    auto server = std::make_unique<Server>(repository, workers);
    if (Status status = server->listen(address); !status.ok()) return status;
    return std::unique_ptr<GrpcServer>(std::move(server));
}

}  // namespace millrace::runtime
