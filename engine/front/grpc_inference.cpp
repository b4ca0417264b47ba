// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_shared.h"
#include "front/kserve.h"
#include "inference.grpc.pb.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include <deque>
#include <exception>

namespace millrace::front {

namespace {

using inference::ModelInferRequest;
using inference::ModelInferResponse;
using inference::ModelStreamInferResponse;

/// For an exception out of a coroutine: our bug, said to the client as that.
Status ofException(const std::exception_ptr& error)
{
    if (!error) return absl::OkStatus();
    try {
        std::rethrow_exception(error);
    } catch (const std::exception& thrown) {
        return internal(thrown.what());
    } catch (...) {
        return internal("an unknown exception");
    }
}

Status checkSize(const GrpcShared& shared, const ModelInferRequest& request)
{
    // gRPC holds the limit of the start; only a lower one needs to be measured.
    if (shared.bodyBytesMax >= shared.bodyBytesAtStart) return absl::OkStatus();
    const std::size_t bytes = request.ByteSizeLong();
    if (bytes <= shared.bodyBytesMax) return absl::OkStatus();
    return resourceExhausted("the request has " + std::to_string(bytes) + " bytes, more than " +
                             std::to_string(shared.bodyBytesMax) + " (limits.body_bytes_max)");
}

/// One unary call that is a request of the service. gRPC's thread makes it, the strand serves it, OnDone frees it:
/// it is good until Finish was called, and from another thread's view always good before OnDone.
template <typename Request, typename Response>
class CallReactor final : public grpc::ServerUnaryReactor {
public:
    using Answer = StatusOr<std::unique_ptr<Response>>;
    using Work = net::awaitable<Answer> (*)(GrpcShared& shared, std::shared_ptr<serve::Call> call, Request& request);

    CallReactor(std::shared_ptr<GrpcShared> shared, grpc::CallbackServerContext* context, const Request* request,
                Response* response, const char* route, Work work)
        : shared_(std::move(shared)),
          context_(context),
          // gRPC made the message for this call and does not look at it again: it may be emptied.
          request_(const_cast<Request*>(request)),
          response_(response),
          work_(work),
          link_(std::make_shared<Link>())
    {
        net::post(shared_->strand, [this, info = describe(*context, route)]() mutable { begin(std::move(info)); });
    }

    void OnCancel() override
    {
        net::post(shared_->strand, [link = link_] { link->cancel(); });
    }
    void OnDone() override { delete this; }

private:
    void begin(serve::CallInfo info)
    {
        link_->call = shared_->service.open(std::move(info));
        if (context_->IsCancelled()) link_->cancel();
        net::co_spawn(shared_->strand, work_(*shared_, link_->call, *request_),
                      [this](const std::exception_ptr& error, Answer answer) {
                          if (error) answer = ofException(error);
                          finish(std::move(answer));
                      });
    }
    void finish(Answer answer)
    {
        std::uint64_t bytes = 0;
        if (answer.ok()) {
            *response_ = std::move(**answer);
            bytes = response_->ByteSizeLong();  // cached for the encoding that follows
            link_->call->firstByte();
        }
        const auto call = std::exchange(link_->call, nullptr);
        call->finish(answer.ok() ? 200 : static_cast<int>(toHttp(answer.status())), answer.status(), bytes);
        Finish(tell(*context_, answer.status()));
    }

    const std::shared_ptr<GrpcShared> shared_;
    grpc::CallbackServerContext* const context_;
    Request* const request_;
    Response* const response_;
    const Work work_;
    const std::shared_ptr<Link> link_;
};

net::awaitable<StatusOr<std::unique_ptr<ModelInferResponse>>> inferWith(GrpcShared& shared,
                                                                        std::shared_ptr<serve::Call> call,
                                                                        ModelInferRequest& request)
{
    call->setModel(request.model_name());
    Status status = checkSize(shared, request);
    if (status.ok() && request.model_name().empty())
        status = withField(invalidArgument("is missing: name the model that shall answer"), "model_name");
    if (!status.ok()) co_return status;
    auto moved = std::make_unique<ModelInferRequest>(std::move(request));
    co_return co_await shared.service.infer(std::move(call), std::move(moved));
}

net::awaitable<StatusOr<std::unique_ptr<inference::ModelMetadataResponse>>> metadataWith(
    GrpcShared& shared, std::shared_ptr<serve::Call> call, inference::ModelMetadataRequest& request)
{
    co_return co_await shared.service.modelMetadata(std::move(call), request.name(), request.version());
}

// ---- ModelStreamInfer ----

/// The reactor's half: gRPC's threads, handing over only.
class StreamReactor;

/// Requests of one stream: several at once, so that they can share a batch; answers in the order asked.
/// Thread: the strand.
class Conversation : public std::enable_shared_from_this<Conversation> {
public:
    Conversation(std::shared_ptr<GrpcShared> shared, StreamReactor* reactor, grpc::CallbackServerContext* context)
        : shared_(std::move(shared)),
          reactor_(reactor),
          context_(context),
          info_(describe(*context, "ModelStreamInfer"))
    {
        const auto& fields = context->client_metadata();
        const auto wanted = fields.find("triton_grpc_error");
        grpcErrors_ = wanted != fields.end() && wanted->second == "true";
    }

    void readNext();
    void onRead(bool ok);
    void onWrite(bool ok);
    void onCancel();

private:
    struct Slot {
        std::shared_ptr<serve::Call> call;
        ModelStreamInferResponse response;
        Status status;
        bool finalWanted = false;
        bool done = false;
    };

    static net::awaitable<void> serve(std::shared_ptr<Conversation> self, std::shared_ptr<Slot> slot,
                                      std::unique_ptr<ModelInferRequest> request);
    void take(ModelInferRequest request);
    void settle(Slot& slot, StatusOr<std::unique_ptr<ModelInferResponse>> answer);
    void pump();
    void end(const Status& status);

    const std::shared_ptr<GrpcShared> shared_;
    StreamReactor* reactor_;  // none once Finish was called
    grpc::CallbackServerContext* const context_;
    const serve::CallInfo info_;
    bool grpcErrors_ = false;  // the client wants real codes instead of error messages
    ModelInferRequest incoming_;
    ModelStreamInferResponse outgoing_;
    std::deque<std::shared_ptr<Slot>> slots_;
    bool reading_ = false, writing_ = false, readsDone_ = false, cancelled_ = false;
};

class StreamReactor final : public grpc::ServerBidiReactor<ModelInferRequest, ModelStreamInferResponse> {
public:
    StreamReactor(const std::shared_ptr<GrpcShared>& shared, grpc::CallbackServerContext* context)
        : shared_(shared), talk_(std::make_shared<Conversation>(shared, this, context))
    {
        hand([talk = talk_] { talk->readNext(); });
    }
    void OnReadDone(bool ok) override
    {
        hand([talk = talk_, ok] { talk->onRead(ok); });
    }
    void OnWriteDone(bool ok) override
    {
        hand([talk = talk_, ok] { talk->onWrite(ok); });
    }
    void OnCancel() override
    {
        hand([talk = talk_] { talk->onCancel(); });
    }
    void OnDone() override { delete this; }

private:
    template <typename Work>
    void hand(Work work)
    {
        net::post(shared_->strand, std::move(work));
    }
    const std::shared_ptr<GrpcShared> shared_;
    const std::shared_ptr<Conversation> talk_;
};

void Conversation::readNext()
{
    if (!reactor_ || reading_ || readsDone_ || slots_.size() >= GrpcFront::kStreamCallsMax) return;
    reading_ = true;
    incoming_.Clear();
    reactor_->StartRead(&incoming_);
}

void Conversation::onRead(bool ok)
{
    reading_ = false;
    if (!ok) {
        readsDone_ = true;
        pump();
        return;
    }
    if (!cancelled_) take(std::move(incoming_));
    readNext();
}

void Conversation::take(ModelInferRequest request)
{
    auto slot = std::make_shared<Slot>();
    slot->call = shared_->service.open(info_);
    slot->call->setModel(request.model_name());
    constexpr const char* kFinal = "triton_enable_empty_final_response";
    if (const auto found = request.parameters().find(kFinal); found != request.parameters().end()) {
        slot->finalWanted = found->second.bool_param();
        request.mutable_parameters()->erase(kFinal);
    }
    slots_.push_back(slot);
    Status status = checkSize(*shared_, request);
    if (status.ok() && request.model_name().empty())
        status = withField(invalidArgument("is missing: name the model that shall answer"), "model_name");
    if (!status.ok()) {
        slot->response.mutable_infer_response()->set_id(request.id());
        settle(*slot, status);
        pump();
        return;
    }
    slot->response.mutable_infer_response()->set_id(request.id());  // an error names its request too
    auto moved = std::make_unique<ModelInferRequest>(std::move(request));
    net::co_spawn(shared_->strand, serve(shared_from_this(), slot, std::move(moved)),
                  [self = shared_from_this(), slot](const std::exception_ptr& error) {
                      if (error) self->settle(*slot, ofException(error));
                      self->pump();
                  });
}

net::awaitable<void> Conversation::serve(std::shared_ptr<Conversation> self, std::shared_ptr<Slot> slot,
                                         std::unique_ptr<ModelInferRequest> request)
{
    auto answer = co_await self->shared_->service.infer(slot->call, std::move(request));
    self->settle(*slot, std::move(answer));
}

void Conversation::settle(Slot& slot, StatusOr<std::unique_ptr<ModelInferResponse>> answer)
{
    if (slot.done) return;
    slot.done = true;
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
        slot.response.set_error_message(kserveWords(answer.status()));
    }
    const int http = answer.ok() ? 200 : static_cast<int>(toHttp(answer.status()));
    std::exchange(slot.call, nullptr)->finish(http, slot.status, bytes);
}

void Conversation::pump()
{
    if (!reactor_ || writing_) return;
    if (cancelled_) {
        if (!reading_) end(cancelled("the client left"));
        return;
    }
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
        writing_ = true;
        outgoing_ = std::move(slot->response);
        reactor_->StartWrite(&outgoing_);
        readNext();
        return;
    }
    if (readsDone_ && slots_.empty()) end(absl::OkStatus());
}

void Conversation::onWrite(bool ok)
{
    writing_ = false;
    if (!ok)
        onCancel();
    else
        pump();
}

void Conversation::onCancel()
{
    if (!std::exchange(cancelled_, true)) {
        for (const auto& slot : slots_)
            if (slot->call) slot->call->cancel("the client left");
        slots_.clear();
    }
    pump();
}

void Conversation::end(const Status& status)
{
    std::exchange(reactor_, nullptr)->Finish(tell(*context_, status));
}

// ---- the service ----

class InferenceService final : public inference::GRPCInferenceService::CallbackService {
public:
    explicit InferenceService(std::shared_ptr<GrpcShared> shared) : shared_(std::move(shared)) {}

    grpc::ServerUnaryReactor* ServerLive(grpc::CallbackServerContext* context, const inference::ServerLiveRequest*,
                                         inference::ServerLiveResponse* response) override
    {
        // Live means that the strand turns: it answers itself.
        return later(context, [response](GrpcShared&) {
            response->set_live(true);
            return Status();
        });
    }
    grpc::ServerUnaryReactor* ServerReady(grpc::CallbackServerContext* context, const inference::ServerReadyRequest*,
                                          inference::ServerReadyResponse* response) override
    {
        return later(context, [response](GrpcShared& shared) {
            response->set_ready(shared.service.ready());
            return Status();
        });
    }
    grpc::ServerUnaryReactor* ModelReady(grpc::CallbackServerContext* context,
                                         const inference::ModelReadyRequest* request,
                                         inference::ModelReadyResponse* response) override
    {
        return later(context, [request, response](GrpcShared& shared) {
            if (Status known = shared.service.known(request->name(), request->version()); !known.ok()) return known;
            response->set_ready(shared.service.modelReady(request->name()));
            return Status();
        });
    }
    grpc::ServerUnaryReactor* ServerMetadata(grpc::CallbackServerContext* context,
                                             const inference::ServerMetadataRequest*,
                                             inference::ServerMetadataResponse* response) override
    {
        return later(context, [response](GrpcShared& shared) {
            response->set_name("millrace");
            response->set_version(shared.hooks.version);
            response->add_extensions("binary_tensor_data");
            response->add_extensions("model_repository");
            return Status();
        });
    }
    grpc::ServerUnaryReactor* ModelMetadata(grpc::CallbackServerContext* context,
                                            const inference::ModelMetadataRequest* request,
                                            inference::ModelMetadataResponse* response) override
    {
        return new CallReactor<inference::ModelMetadataRequest, inference::ModelMetadataResponse>(
            shared_, context, request, response, "ModelMetadata", &metadataWith);
    }
    grpc::ServerUnaryReactor* ModelInfer(grpc::CallbackServerContext* context, const ModelInferRequest* request,
                                         ModelInferResponse* response) override
    {
        return new CallReactor<ModelInferRequest, ModelInferResponse>(shared_, context, request, response, "ModelInfer",
                                                                      &inferWith);
    }
    grpc::ServerBidiReactor<ModelInferRequest, ModelStreamInferResponse>* ModelStreamInfer(
        grpc::CallbackServerContext* context) override
    {
        return new StreamReactor(shared_, context);
    }
    grpc::ServerUnaryReactor* RepositoryIndex(grpc::CallbackServerContext* context,
                                              const inference::RepositoryIndexRequest* request,
                                              inference::RepositoryIndexResponse* response) override
    {
        return later(context, [request, response](GrpcShared& shared) {
            for (const auto& model : shared.service.models()) {
                const std::string_view state = kserveState(model.state);
                if (request->ready() && state != "READY") continue;
                auto* entry = response->add_models();
                entry->set_name(model.name);
                entry->set_version("1");
                entry->set_state(state.data(), state.size());
                if (state != "READY") entry->set_reason(model.state);
            }
            return Status();
        });
    }
    grpc::ServerUnaryReactor* RepositoryModelLoad(grpc::CallbackServerContext* context,
                                                  const inference::RepositoryModelLoadRequest* request,
                                                  inference::RepositoryModelLoadResponse*) override
    {
        return steer(context, request->model_name(), shared_->hooks.loadModel);
    }
    grpc::ServerUnaryReactor* RepositoryModelUnload(grpc::CallbackServerContext* context,
                                                    const inference::RepositoryModelUnloadRequest* request,
                                                    inference::RepositoryModelUnloadResponse*) override
    {
        return steer(context, request->model_name(), shared_->hooks.unloadModel);
    }

private:
    /// For what is answered at once on the strand. The messages live until Finish.
    template <typename Fill>
    grpc::ServerUnaryReactor* later(grpc::CallbackServerContext* context, Fill fill)
    {
        auto* reactor = context->DefaultReactor();
        net::post(shared_->strand,
                  [shared = shared_, context, reactor, fill] { reactor->Finish(tell(*context, fill(*shared))); });
        return reactor;
    }

    template <typename Hook>
    grpc::ServerUnaryReactor* steer(grpc::CallbackServerContext* context, const std::string& model, const Hook& hook)
    {
        auto* reactor = context->DefaultReactor();
        net::post(shared_->strand, [shared = shared_, context, reactor, model, &hook] {
            if (!hook) {
                reactor->Finish(tell(*context, unimplemented("models cannot be loaded or unloaded here")));
                return;
            }
            hook(model, [context, reactor](const Status& status) { reactor->Finish(tell(*context, status)); });
        });
        return reactor;
    }

    const std::shared_ptr<GrpcShared> shared_;
};

}  // namespace

std::unique_ptr<grpc::Service> makeInferenceService(std::shared_ptr<GrpcShared> shared)
{
    return std::make_unique<InferenceService>(std::move(shared));
}

}  // namespace millrace::front
