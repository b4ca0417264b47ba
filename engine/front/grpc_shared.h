// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/front.h"
#include "front/routes.h"

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/status.h>

#include <memory>
#include <string>

namespace millrace::front {

/// What the gRPC services share. Their reactors keep it.
struct GrpcShared {
    GrpcShared(Strand strandIn, Clock& clockIn, serve::Service& serviceIn, Hooks hooksIn, Options optionsIn)
        : strand(strandIn),
          clock(clockIn),
          service(serviceIn),
          hooks(std::move(hooksIn)),
          pages(service, hooks),
          bodyBytesAtStart(optionsIn.bodyBytesMax),
          bodyBytesMax(optionsIn.bodyBytesMax)
    {}

    // fixed after construction
    const Strand strand;
    Clock& clock;
    serve::Service& service;
    const Hooks hooks;
    const Pages pages;
    const std::uint64_t bodyBytesAtStart;  ///< what gRPC itself refuses

    // strand only
    std::uint64_t bodyBytesMax;
};

std::unique_ptr<grpc::Service> makeInferenceService(std::shared_ptr<GrpcShared> shared);
std::unique_ptr<grpc::Service> makeStreamService(std::shared_ptr<GrpcShared> shared);

/// Who calls, and for how long it will wait. Thread: gRPC's.
serve::CallInfo describe(const grpc::CallbackServerContext& context, const char* route);
/// "retry-after-ms" and "field" go into the trailing metadata. Before Finish.
grpc::Status tell(grpc::CallbackServerContext& context, const Status& status);

/// The strand's side of a call, which a reactor's OnCancel reaches by way of a post. Thread: the strand.
struct Link {
    std::shared_ptr<serve::Call> call;  ///< none once it has ended

    void cancel() const
    {
        if (call) call->cancel("the client left");
    }
};

}  // namespace millrace::front
