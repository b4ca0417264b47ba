// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"

#include <memory>

namespace millrace::front {

/// grpc.health.v1: what grpc_health_probe and service managers ask.
void addHealthMethods(GrpcMethods& methods, const std::shared_ptr<GrpcShared>& shared);

}  // namespace millrace::front
