// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control/pending_calls.h"
#include "http/grpc_framed.h"
#include "http/grpc_server.h"

#include <functional>
#include <memory>
#include <string_view>
#include <utility>

namespace millrace::control {

template <typename Message>
Status parse(Message& to, std::string_view bytes)
{
    if (http::parseMessage(to, bytes)) return absl::OkStatus();
    return invalidArgument("the message cannot be parsed as " + Message::descriptor()->full_name());
}

/// One message, one reply. Thread: the strand.
template <typename Request, typename Response>
class UnaryCall final : public http::GrpcHandler, public std::enable_shared_from_this<UnaryCall<Request, Response>> {
public:
    using Reply = std::shared_ptr<PendingReply<Response>>;
    using Run = std::function<void(const Request& request, const Reply& reply)>;

    /// `run` lives as long as the server that the call keeps. It is not called once `calls` are closed.
    UnaryCall(std::shared_ptr<PendingCalls> calls, std::shared_ptr<http::GrpcCall> call, const Run& run)
        : calls_(std::move(calls)), call_(std::move(call)), run_(run)
    {}

    void begin() override { call_->read(); }
    void onMessage(http::GrpcMessage message) override
    {
        if (!message.problem.ok()) return call_->finish(toGrpcStatus(message.problem));
        const auto ticket = calls_->add(call_);
        if (!ticket.ok()) return call_->finish(toGrpcStatus(ticket.status()));
        ticket_ = *ticket;
        if (message.size >= PendingCalls::kBytesBeside) return parseBeside(std::move(message));
        Request request;
        if (const Status status = parse(request, message.message.bytes()); !status.ok())
            return calls_->send(ticket_, status);
        run_(request, std::make_shared<PendingReply<Response>>(calls_, ticket_));
    }
    void onReadsDone() override
    {
        call_->finish({http::kGrpcUnimplemented, "the method takes one message, and none came"});
    }
    void onWritten(bool ok) override
    {
        if (ok) calls_->written(ticket_);
    }
    void onCancel() override { calls_->remove(ticket_); }

private:
    void parseBeside(http::GrpcMessage message)
    {
        held_ = std::move(message.held);
        struct Parsed {
            http::GrpcMessageReader::Message message;
            Request request;
        };
        auto parsed = std::make_shared<Parsed>();
        parsed->message = std::move(message.message);
        parsed->message.keep();
        std::weak_ptr<UnaryCall> weak = this->shared_from_this();
        calls_->beside(ticket_, [parsed, weak, ticket = ticket_](const PendingCalls::Elsewhere& to) {
            const Status status = parse(parsed->request, parsed->message.bytes());
            if (!status.ok()) return to.send(ticket, status);
            to.post([parsed, weak] {
                if (const auto self = weak.lock()) self->runParsed(parsed->request);
            });
        });
    }
    void runParsed(const Request& request)
    {
        held_.release();
        if (calls_->isPending(ticket_)) run_(request, std::make_shared<PendingReply<Response>>(calls_, ticket_));
    }

    const std::shared_ptr<PendingCalls> calls_;
    const std::shared_ptr<http::GrpcCall> call_;
    const Run& run_;
    PendingCalls::Ticket ticket_ = 0;
    http::BodyBytes held_;
};

}  // namespace millrace::control
