// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"

#include <memory>

namespace millrace::front {

/// Creates the handler of ModelStreamInfer: a client's stream of requests, served concurrently so that they can share a
/// batch, and answered in order. A failed request is answered with its error and the stream continues, unless the
/// client asked for gRPC status codes (triton_grpc_error).
///
/// Thread: the strand. Bound: GrpcFront::kStreamCallsMax requests in flight; then reading pauses.
/// Stop: a client that disconnects, or does not read in time (limits.body_timeout_ms), cancels its requests.
std::shared_ptr<GrpcHandler> makeInferStream(std::shared_ptr<GrpcShared> shared, std::shared_ptr<GrpcCall> call);

}  // namespace millrace::front
