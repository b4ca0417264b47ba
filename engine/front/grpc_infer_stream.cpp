// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_infer_stream.h"

#include "base/text.h"
#include "front/grpc_front.h"
#include "front/grpc_tensors.h"
#include "front/grpc_unary.h"
#include "front/kserve_write.h"
#include "inference.pb.h"

#include <boost/asio/co_spawn.hpp>

#include <deque>
#include <exception>
#include <optional>
#include <string>
#include <utility>

namespace millrace::front {

namespace {

using inference::ModelInferRequest;
using inference::ModelInferResponse;
using inference::ModelStreamInferResponse;

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
        std::size_t bytes = 0;  // size of its message
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
    const bool grpcErrors_;  // the client wants gRPC status codes instead of error messages
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
    if (!message.problem.ok()) readsDone_ = true;  // further messages are ignored
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
    slot.response.mutable_infer_response()->set_id(request.id());  // also identifies the request of an error
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

/// A client may answer pings although its program does not read: it is connected, but makes no progress.
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

std::shared_ptr<GrpcHandler> makeInferStream(std::shared_ptr<GrpcShared> shared, std::shared_ptr<GrpcCall> call)
{
    return std::make_shared<InferStream>(std::move(shared), std::move(call));
}

}  // namespace millrace::front
