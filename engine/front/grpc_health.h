// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"

#include <memory>

namespace millrace::front {

/// Adds grpc.health.v1, for grpc_health_probe and service managers.
void addHealthMethods(GrpcMethods& methods, const std::shared_ptr<GrpcShared>& shared);

}  // namespace millrace::front
