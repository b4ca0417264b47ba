// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"

#include <memory>

namespace millrace::front {

/// Adds inference.GRPCInferenceService: KServe v2 with Triton's extensions.
void addInferenceMethods(GrpcMethods& methods, const std::shared_ptr<GrpcShared>& shared);

}  // namespace millrace::front
