// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"

#include <memory>

namespace millrace::front {

/// ModelStreamInfer: requests of one client, several at once so that they can share a batch; answers in the order
/// asked. A request that fails is answered with its error, and the stream goes on, unless the client has asked for
/// gRPC's own codes (triton_grpc_error).
///
/// Thread: the strand. Bound: GrpcFront::kStreamCallsMax requests at once; then nothing more is read.
/// Stop: a client that disconnects, or does not read in time (limits.body_timeout_ms), cancels what is in flight.
std::shared_ptr<GrpcHandler> makeInferStream(std::shared_ptr<GrpcShared> shared, std::shared_ptr<GrpcCall> call);

}  // namespace millrace::front
