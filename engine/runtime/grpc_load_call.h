// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/grpc_service.h"

#include <memory>

namespace millrace::runtime {

/// Handlers of RepositoryModelLoad and RepositoryModelUnload, which answer when the operation is complete.
///
/// The engine may add the parameter "urgency" to a load: "preload" yields to runs, "expedite" makes a preload in flight
/// urgent.
/// Thread: the loop. Errors: the repository's; InvalidArgument for models within the request.
std::shared_ptr<http::GrpcHandler> makeLoadCall(GrpcService& service, std::shared_ptr<http::GrpcCall> call);
std::shared_ptr<http::GrpcHandler> makeUnloadCall(GrpcService& service, std::shared_ptr<http::GrpcCall> call);

}  // namespace millrace::runtime
