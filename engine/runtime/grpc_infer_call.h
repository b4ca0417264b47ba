// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/grpc_service.h"

#include <memory>

namespace millrace::runtime {

/// Creates the handler of ModelInfer. Large requests are parsed, and answers written, on a worker.
///
/// Thread: the loop. Errors: the gRPC codes of base/error.h, the message naming the tensor or limit.
std::shared_ptr<http::GrpcHandler> makeInferCall(GrpcService& service, std::shared_ptr<http::GrpcCall> call);

/// Creates the handler of ModelStreamInfer: requests are answered one after the other; a failed one is answered with
/// its error, and the stream continues.
std::shared_ptr<http::GrpcHandler> makeInferStream(GrpcService& service, std::shared_ptr<http::GrpcCall> call);

}  // namespace millrace::runtime
