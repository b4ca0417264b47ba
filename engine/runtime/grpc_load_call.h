// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/grpc_service.h"

#include <memory>

namespace millrace::runtime {

/// RepositoryModelLoad and RepositoryModelUnload. They are answered when the repository has done it.
///
/// Of the engine a load may carry the parameter "urgency": "preload" gives way to runs until somebody waits for its
/// model, "expedite" says that somebody does.
/// Thread: the loop. Errors: the repository's; InvalidArgument for models that the request itself holds.
std::shared_ptr<http::GrpcHandler> makeLoadCall(GrpcService& service, std::shared_ptr<http::GrpcCall> call);
std::shared_ptr<http::GrpcHandler> makeUnloadCall(GrpcService& service, std::shared_ptr<http::GrpcCall> call);

}  // namespace millrace::runtime
