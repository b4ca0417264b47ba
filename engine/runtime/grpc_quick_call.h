// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/grpc_service.h"

#include <memory>
#include <utility>

namespace millrace::runtime {

/// A handler for unary methods that are answered immediately.
///
/// Thread: the loop. Errors: the method's; Unimplemented if the client sends no message.
template <typename Request, typename Response>
class QuickCall final : public http::GrpcHandler {
public:
    using Answer = Status (GrpcService::*)(const Request&, Response&);

    QuickCall(GrpcService& service, std::shared_ptr<http::GrpcCall> call, Answer answer)
        : service_(service), call_(std::move(call)), answer_(answer)
    {}
    void begin() override { call_->read(); }
    void onMessage(http::GrpcMessage message) override
    {
        Request request;
        Response response;
        Status status = std::move(message.problem);
        if (status.ok()) status = parse(request, message.message);
        if (status.ok()) status = (service_.*answer_)(request, response);
        if (status.ok())
            call_->finish(http::frameMessage(response), {});
        else
            call_->finish(onWire(status));
    }
    void onReadsDone() override { call_->finish({http::kGrpcUnimplemented, "the method takes one message"}); }
    void onCancel() override {}

private:
    GrpcService& service_;
    const std::shared_ptr<http::GrpcCall> call_;
    const Answer answer_;
};

}  // namespace millrace::runtime
