// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_messages.h"
#include "front/grpc_shared.h"
#include "front/off_loop.h"

#include <boost/asio/co_spawn.hpp>

#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace millrace::front {

template <typename Response>
using GrpcAnswer = StatusOr<std::unique_ptr<Response>>;

/// The handler of a unary method: parses the message, runs `Work`, sends the answer. Kept alive by its coroutine.
/// Thread: the strand.
template <typename Request, typename Response>
class UnaryCall final : public GrpcHandler, public std::enable_shared_from_this<UnaryCall<Request, Response>> {
public:
    using Work = net::awaitable<GrpcAnswer<Response>> (*)(std::shared_ptr<GrpcShared> shared,
                                                          std::shared_ptr<CallHandle> handle,
                                                          std::unique_ptr<Request> request);

    /// `route`: the metrics label of calls to the service; empty: answered by the front itself.
    UnaryCall(std::shared_ptr<GrpcShared> shared, std::shared_ptr<GrpcCall> call, SharedText route, Work work)
        : shared_(std::move(shared)),
          call_(std::move(call)),
          route_(std::move(route)),
          work_(work),
          handle_(std::make_shared<CallHandle>())
    {}

    void begin() override { call_->read(); }
    void onMessage(GrpcMessage message) override
    {
        handle_->bytes = message.size;
        GrpcCaller caller = describe(*call_, route_);
        if (!route_.empty()) handle_->call = shared_->service.open(std::move(caller.info));
        nameRequest(*call_, caller.requestId, handle_->call.get());
        Status status = std::move(caller.problem);
        if (status.ok()) status = std::move(message.problem);
        held_ = std::move(message.held);
        std::unique_ptr<Request> request;
        if (status.ok() && message.message.bytes().size() < OffLoop::kBytesMin) {
            request = readMessage<Request>(message.message);
            if (!request) status = unreadable<Request>();
        }
        if (!status.ok()) return finish({}, status);
        http::GrpcMessageReader::Message large;
        if (!request) {
            large = std::move(message.message);
            large.keep();
        }
        auto ended = [self = this->shared_from_this()](const std::exception_ptr& error, Status result) {
            self->finish(self->out_, error ? ofException(error) : std::move(result));
        };
        net::co_spawn(shared_->strand, run(this->shared_from_this(), std::move(request), std::move(large)),
                      std::move(ended));
    }
    void onReadsDone() override { call_->finish({kGrpcUnimplemented, "the method takes one message, and none came"}); }
    void onCancel() override { handle_->cancel(); }

private:
    static net::awaitable<Status> run(std::shared_ptr<UnaryCall> self, std::unique_ptr<Request> request,
                                      http::GrpcMessageReader::Message large)
    {
        OffLoop& offLoop = self->shared_->bodies->offLoop;
        if (!request) {
            auto reading = [taken = std::move(large)]() mutable { return readMessage<Request>(taken); };
            auto read = co_await offLoop.run(std::move(reading));
            if (!read.ok()) co_return read.status();
            request = *std::move(read);
            if (!request) co_return unreadable<Request>();
        }
        auto answer = co_await self->work_(self->shared_, self->handle_, std::move(request));
        self->held_.release();
        if (!answer.ok()) co_return answer.status();
        std::shared_ptr<const Response> message = *std::move(answer);
        if (bytesToWrite(*message) >= OffLoop::kBytesMin) {
            auto writing = [taken = std::move(message)] { return framed(taken); };
            auto written = co_await offLoop.run(std::move(writing));
            if (!written.ok()) co_return written.status();
            self->out_ = *std::move(written);
        } else {
            self->out_ = framed(message);
        }
        co_return absl::OkStatus();
    }
    static http::GrpcFramed framed(const std::shared_ptr<const Response>& message)
    {
        if constexpr (http::HasRawOutputs<Response>)
            return frameMessage(message);
        else
            return frameMessage(*message);
    }
    /// Without the contents of tensors, which are sent from where they lie.
    static std::size_t bytesToWrite(const Response& message)
    {
        std::size_t bytes = message.ByteSizeLong();
        if constexpr (http::HasRawOutputs<Response>)
            for (const std::string& raw : message.raw_output_contents()) bytes -= raw.size();
        return bytes;
    }
    void finish(const http::GrpcFramed& out, const Status& status)
    {
        held_.release();
        if (const auto call = std::exchange(handle_->call, nullptr)) {
            if (status.ok()) {
                call->firstByte();
                addServerTiming(*call_, *call);
            }
            call->finish(status.ok() ? 200 : static_cast<int>(toHttp(status)), status,
                         status.ok() ? out.size() - http::kGrpcPrefix : 0);
        }
        if (status.ok())
            call_->finish(out, {});
        else
            call_->finish(toGrpcStatus(*call_, status));
    }

    const std::shared_ptr<GrpcShared> shared_;
    const std::shared_ptr<GrpcCall> call_;
    const SharedText route_;
    const Work work_;
    const std::shared_ptr<CallHandle> handle_;
    BodyBytes held_;
    http::GrpcFramed out_;
};

template <typename Request, typename Response>
void addUnary(GrpcMethods& methods, std::string path, const std::shared_ptr<GrpcShared>& shared, SharedText route,
              typename UnaryCall<Request, Response>::Work work)
{
    GrpcMethod method;
    if constexpr (http::HasRawInputs<Request>) method.bulkField = http::kRawInputContents;
    method.make = [shared = shared.get(), route = std::move(route), work](std::shared_ptr<GrpcCall> call) {
        return std::make_shared<UnaryCall<Request, Response>>(shared->self(), std::move(call), route, work);
    };
    methods.emplace(std::move(path), std::move(method));
}

}  // namespace millrace::front
