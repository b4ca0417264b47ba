// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_messages.h"
#include "front/grpc_shared.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
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
class UnaryReactor final : public grpc::ServerUnaryReactor {
public:
    using Work = net::awaitable<GrpcAnswer<Response>> (*)(std::shared_ptr<GrpcShared> shared,
                                                          std::shared_ptr<Link> link, std::unique_ptr<Request> request);

    /// `route`: of requests of the service; none: the front answers by itself.
    UnaryReactor(std::shared_ptr<GrpcShared> shared, grpc::CallbackServerContext* context, const grpc::ByteBuffer* in,
                 grpc::ByteBuffer* out, const char* route, Work work)
        : shared_(std::move(shared)),
          context_(context),
          out_(out),
          counted_(route != nullptr),
          work_(work),
          link_(std::make_shared<Link>())
    {
        const std::size_t bytes = in->Length();
        // gRPC made the buffer for this call and does not look at it again: it may be emptied.
        auto request = readMessage<Request>(*const_cast<grpc::ByteBuffer*>(in));
        net::post(shared_->strand, [this, bytes, request = std::move(request),
                                    caller = describe(*context, route == nullptr ? "" : route)]() mutable {
            begin(std::move(caller), bytes, std::move(request));
        });
    }

    void OnCancel() override
    {
        net::post(shared_->strand, [link = link_] { link->cancel(); });
    }
    void OnDone() override { delete this; }

private:
    void begin(GrpcCaller caller, std::size_t bytes, std::unique_ptr<Request> request)
    {
        if (counted_) link_->call = shared_->service.open(std::move(caller.info));
        nameRequest(*context_, caller.requestId, link_->call.get());
        Status status = shared_->checkSize(bytes);
        if (status.ok() && !request) status = unreadable<Request>();
        if (!status.ok()) return finish(std::move(status));
        if (context_->IsCancelled()) link_->cancel();
        net::co_spawn(shared_->strand, work_(shared_, link_, std::move(request)),
                      [this](const std::exception_ptr& error, GrpcAnswer<Response> answer) {
                          if (error) answer = ofException(error);
                          finish(std::move(answer));
                      });
    }
    void finish(GrpcAnswer<Response> answer)
    {
        if (answer.ok()) *out_ = writeMessage(**answer);
        if (const auto call = std::exchange(link_->call, nullptr)) {
            if (answer.ok()) {
                call->firstByte();
                addServerTiming(*context_, *call);
            }
            call->finish(answer.ok() ? 200 : static_cast<int>(toHttp(answer.status())), answer.status(),
                         answer.ok() ? out_->Length() : 0);
        }
        Finish(tell(*context_, answer.status()));
    }

    const std::shared_ptr<GrpcShared> shared_;
    grpc::CallbackServerContext* const context_;
    grpc::ByteBuffer* const out_;
    const bool counted_;
    const Work work_;
    const std::shared_ptr<Link> link_;
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
