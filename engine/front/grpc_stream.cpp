// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/grpc_stream.h"

#include "base/one_shot.h"
#include "base/text.h"
#include "front/grpc_shared.h"
#include "front/grpc_unary.h"
#include "stream.pb.h"
#include "stream/chunk_codec.h"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <exception>
#include <optional>

namespace millrace::front {

namespace {

/// One call: the answer of an HTTP route in checked chunks. Thread: the strand.
class ChunkedAnswer final : public std::enable_shared_from_this<ChunkedAnswer>,
                            public stream::Sink,
                            public GrpcHandler,
                            public GrpcStream {
public:
    ChunkedAnswer(std::shared_ptr<GrpcShared> shared, std::shared_ptr<GrpcCall> call)
        : shared_(std::move(shared)), rpc_(std::move(call)), caller_(describe(*rpc_, "Stream.Call"))
    {}

    void begin() override { rpc_->read(); }
    void onMessage(GrpcMessage message) override;
    void onReadsDone() override { rpc_->finish({kGrpcUnimplemented, "the method takes one message, and none came"}); }
    void onWritten(bool ok) override { written_.set(ok); }
    void onCancel() override;
    net::awaitable<Status> write(std::string_view bytes) override;
    void look(TimePoint now) override;
    void close() override {}  // the service cuts off the call

private:
    static stream::ChunkCompression compression(bool wanted)
    {
        stream::ChunkCompression compression;
        compression.enabled = wanted;
        return compression;
    }
    static net::awaitable<Status> run(std::shared_ptr<ChunkedAnswer> self);
    net::awaitable<Status> answer(Exchange& exchange);
    net::awaitable<Status> send(std::string_view bytes, bool last);
    void end(const Status& status);

    const std::shared_ptr<GrpcShared> shared_;
    const std::shared_ptr<GrpcCall> rpc_;
    const GrpcCaller caller_;
    std::unique_ptr<v1::CallRequest> request_;
    std::optional<stream::ChunkCompressor> compressor_;
    v1::Chunk chunk_;
    OneShot<bool> written_;
    std::shared_ptr<serve::Call> call_;
    unsigned status_ = 200;
    std::string contentType_;
    std::uint64_t bytesOut_ = 0;
    std::optional<TimePoint> writingSince_;
    std::string lostWhy_ = "the client disconnected";
    bool cancelled_ = false;
};

/// The body is a single bytes field, so even a large message is parsed on the loop: that only copies it.
void ChunkedAnswer::onMessage(GrpcMessage message)
{
    if (!message.problem.ok()) return rpc_->finish(toGrpcStatus(*rpc_, message.problem));
    request_ = readMessage<v1::CallRequest>(message.message.bytes());
    if (!request_) return rpc_->finish(toGrpcStatus(*rpc_, unreadable<v1::CallRequest>()));
    compressor_.emplace(compression(request_->accept_gzip()));
    shared_->enter(*this);
    auto ended = [self = shared_from_this()](const std::exception_ptr& error, Status status) {
        self->end(error ? internal("internal error of the engine") : std::move(status));
    };
    net::co_spawn(shared_->strand, run(shared_from_this()), std::move(ended));
}

net::awaitable<Status> ChunkedAnswer::run(std::shared_ptr<ChunkedAnswer> self)
{
    http::RequestHead head;
    const std::string method = self->request_->method().empty() ? "POST" : self->request_->method();
    head.start(method, self->request_->path(), 11);
    head.add("content-type",
             self->request_->content_type().empty() ? "application/json" : self->request_->content_type());
    Exchange exchange(head);
    exchange.route = findRoute(method, head.path());
    exchange.body = std::move(*self->request_->mutable_body());
    co_return co_await self->answer(exchange);
}

net::awaitable<Status> ChunkedAnswer::answer(Exchange& exchange)
{
    const Route& route = exchange.route;
    if (!caller_.problem.ok()) co_return caller_.problem;
    if (route.endpoint == Endpoint::Unknown)
        co_return withField(notFound("unknown path " + quotedName(request_->path())), "path");
    if (!route.methodAllowed)
        co_return withField(invalidArgument("method not allowed; use " + std::string(route.allow)), "method");
    if (exchange.body.size() > shared_->options.bodyBytesMax)
        co_return withHttpStatus(
            withField(resourceExhausted("has " + std::to_string(exchange.body.size()) + " bytes, more than " +
                                        std::to_string(shared_->options.bodyBytesMax) + " (limits.body_bytes_max)"),
                      "body"),
            413);
    const auto most = std::max(shared_->options.bodiesBytesMax, shared_->options.bodyBytesMax);
    exchange.held = BodyBytes(shared_->bodies->budget);
    if (!exchange.held.set(exchange.body.size(), most)) co_return bodiesFull(shared_->bodies->budget.held(), most);
    Reply reply;
    if (auto now = shared_->handlers.answerNow(route, shared_->draining)) {
        reply = std::move(*now);
    } else {
        if (route.counted) {
            serve::CallInfo info = caller_.info;
            info.route = info.route.str() + " " + route.label;
            call_ = exchange.call = shared_->service.open(std::move(info));
            if (cancelled_) call_->cancel(lostWhy_);
        }
        nameRequest(*rpc_, caller_.requestId, call_.get());
        reply = co_await shared_->handlers.answer(exchange);
    }
    status_ = reply.status;
    contentType_ = reply.contentType;
    Status status;
    if (reply.stream) {
        status = co_await reply.stream->run(*this);
        if (status.ok()) status = co_await send({}, true);
    } else {
        if (call_) call_->answerComplete();
        std::string_view left = reply.body;
        while (status.ok() && left.size() > stream::kChunkRawBytesMax) {
            status = co_await send(left.substr(0, stream::kChunkRawBytesMax), false);
            left.remove_prefix(stream::kChunkRawBytesMax);
        }
        if (status.ok()) status = co_await send(left, true);
    }
    if (const auto call = std::exchange(call_, nullptr))
        call->finish(status.ok() ? static_cast<int>(reply.status) : static_cast<int>(toHttp(status)),
                     status.ok() ? reply.why : status, bytesOut_);
    co_return status;
}

net::awaitable<Status> ChunkedAnswer::write(std::string_view bytes)
{
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, stream::kChunkRawBytesMax);
        Status status = co_await send(piece, false);
        if (!status.ok()) co_return status;
        bytes.remove_prefix(piece.size());
    }
    co_return absl::OkStatus();
}

net::awaitable<Status> ChunkedAnswer::send(std::string_view bytes, bool last)
{
    if (cancelled_) co_return cancelled(lostWhy_);
    auto compressed = compressor_->compress(bytes, last);
    if (!compressed.ok()) co_return compressed.status();
    if (compressed->head.sequence == 0) {
        chunk_.set_status(static_cast<int>(status_));
        chunk_.set_content_type(contentType_);
        if (call_) {
            call_->firstByte();
            addServerTiming(*rpc_, *call_);
        }
    } else {
        chunk_.Clear();
    }
    chunk_.set_sequence(compressed->head.sequence);
    chunk_.set_compressed(compressed->head.compressed);
    chunk_.set_last(last);
    chunk_.set_raw_bytes(compressed->head.rawBytes);
    chunk_.set_crc32(compressed->head.crc32);
    *chunk_.mutable_data() = std::move(compressed->data);
    bytesOut_ += bytes.size();
    written_ = OneShot<bool>();
    writingSince_ = shared_->clock.now();
    rpc_->write(frameMessage(chunk_));
    const bool ok = co_await written_.waitForOwner();
    writingSince_.reset();
    if (!ok) co_return cancelled(lostWhy_);
    co_return absl::OkStatus();
}

/// A client may answer pings although its program does not read: it is connected, but makes no progress.
void ChunkedAnswer::look(TimePoint now)
{
    if (cancelled_ || !writingSince_ || now - *writingSince_ < shared_->options.bodyTimeout) return;
    lostWhy_ = "the client did not read its response in time (limits.body_timeout_ms)";
    rpc_->reset();
}

void ChunkedAnswer::onCancel()
{
    cancelled_ = true;
    if (call_) call_->cancel(lostWhy_);
}

void ChunkedAnswer::end(const Status& status)
{
    if (const auto call = std::exchange(call_, nullptr))
        call->finish(static_cast<int>(toHttp(status)), status, bytesOut_);
    shared_->leave(*this);
    rpc_->finish(toGrpcStatus(*rpc_, status));
}

}  // namespace

void addStreamMethods(GrpcMethods& methods, const std::shared_ptr<GrpcShared>& shared)
{
    GrpcMethod method;
    method.make = [shared = shared.get()](std::shared_ptr<GrpcCall> call) {
        return std::make_shared<ChunkedAnswer>(shared->self(), std::move(call));
    };
    methods.emplace("/millrace.v1.Stream/Call", std::move(method));
}

}  // namespace millrace::front
