// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/grpc_service.h"

#include <memory>

namespace millrace::runtime {

/// ModelInfer: one request, one answer. What is large is parsed, and answers are written, on a worker.
///
/// Thread: the loop. Errors: the gRPC codes of base/error.h, the message naming the tensor or limit.
std::shared_ptr<http::GrpcHandler> makeInferCall(GrpcService& service, std::shared_ptr<http::GrpcCall> call);

/// ModelStreamInfer: one client's stream of requests, answered one after another. A request that fails is answered with
/// its error; the stream goes on.
std::shared_ptr<http::GrpcHandler> makeInferStream(GrpcService& service, std::shared_ptr<http::GrpcCall> call);

}  // namespace millrace::runtime
