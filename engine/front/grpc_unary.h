// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_messages.h"
#include "front/grpc_reactor.h"
#include "front/grpc_shared.h"
#include "front/off_loop.h"

#include <boost/asio/co_spawn.hpp>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/impl/service_type.h>
#include <grpcpp/support/server_callback.h>

#include <exception>
#include <memory>
#include <utility>

namespace millrace::front {

template <typename Response>
using GrpcAnswer = StatusOr<std::unique_ptr<Response>>;

/// One unary call. gRPC's thread makes it and reads the message, the strand serves it, OnDone frees it: it is good
/// until Finish was called, and from another thread's view always good before OnDone.
template <typename Request, typename Response>
class UnaryReactor final : public StrandReactor<grpc::ServerUnaryReactor> {
public:
    using Work = net::awaitable<GrpcAnswer<Response>> (*)(std::shared_ptr<GrpcShared> shared,
                                                          std::shared_ptr<Link> link, std::unique_ptr<Request> request);

    /// `route`: of requests of the service; none: the front answers by itself.
    UnaryReactor(std::shared_ptr<GrpcShared> shared, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                 grpc::ByteBuffer* out, const char* route, Work work)
        : Base(std::move(shared)),
          context_(context),
          out_(out),
          counted_(route != nullptr),
          work_(work),
          link_(std::make_shared<Link>())
    {
        link_->bytes = in->Length();
        // gRPC made the buffer for this call and does not look at it again: it may be emptied.
        auto request = readMessage<Request>(*const_cast<grpc::ByteBuffer*>(in));
        Base::start(
            [this, request = std::move(request), caller = describe(*context, route == nullptr ? "" : route)]() mutable {
                begin(std::move(caller), std::move(request));
            });
    }

    void cancelled() override
    {
        Base::post([link = link_] { link->cancel(); });
    }

private:
    using Base = StrandReactor<grpc::ServerUnaryReactor>;
    using Base::shared_;

    void begin(GrpcCaller caller, std::unique_ptr<Request> request)
    {
        if (counted_) link_->call = shared_->service.open(std::move(caller.info));
        nameRequest(*context_, caller.requestId, link_->call.get());
        Status status = std::move(caller.problem);
        if (status.ok()) status = shared_->hold(held_, link_->bytes);
        if (status.ok() && !request) status = unreadable<Request>();
        if (!status.ok()) return finish(std::move(status));
        if (context_->IsCancelled()) link_->cancel();
        net::co_spawn(shared_->strand, run(std::move(request)), [this](const std::exception_ptr& error, Status ended) {
            finish(error ? ofException(error) : std::move(ended));
        });
    }
    net::awaitable<Status> run(std::unique_ptr<Request> request)
    {
        auto answer = co_await work_(shared_, link_, std::move(request));
        held_.release();
        if (!answer.ok()) co_return answer.status();
        if (const std::size_t bytes = (*answer)->ByteSizeLong(); bytes >= OffLoop::kBytesMin) {
            auto writing = [message = *std::move(answer)] { return writeMessage(*message); };
            auto written = co_await shared_->bodies->offLoop.run(std::move(writing));
            if (!written.ok()) co_return written.status();
            *out_ = *std::move(written);
        } else {
            *out_ = writeMessage(**answer);
        }
        co_return absl::OkStatus();
    }
    void finish(const Status& status)
    {
        held_.release();
        if (const auto call = std::exchange(link_->call, nullptr)) {
            if (status.ok()) {
                call->firstByte();
                addServerTiming(*context_, *call);
            }
            call->finish(status.ok() ? 200 : static_cast<int>(toHttp(status)), status,
                         status.ok() ? out_->Length() : 0);
        }
        this->Finish(tell(*context_, status));
    }

    grpc::CallbackServerContext* const context_;
    grpc::ByteBuffer* const out_;
    const bool counted_;
    const Work work_;
    const std::shared_ptr<Link> link_;
    BodyBytes held_;
};

/// A service whose methods are given by their full names and take bytes.
class GrpcService : public grpc::Service {
protected:
    using Method = grpc::internal::RpcMethod;

    void addMethod(const char* name, Method::RpcType type, grpc::internal::MethodHandler* handler)
    {
        AddMethod(new grpc::internal::RpcServiceMethod(name, type, nullptr));
        MarkMethodRawCallback(count_++, handler);
    }
    template <typename Request, typename Response>
    void addUnary(const char* name, const std::shared_ptr<GrpcShared>& shared, const char* route,
                  typename UnaryReactor<Request, Response>::Work work)
    {
        auto make = [shared, route, work](grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                                          grpc::ByteBuffer* out) -> grpc::ServerUnaryReactor* {
            return new UnaryReactor<Request, Response>(shared, context, in, out, route, work);
        };
        addMethod(name, Method::NORMAL_RPC,
                  new grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>(std::move(make)));
    }

private:
    int count_ = 0;
};

}  // namespace millrace::front
