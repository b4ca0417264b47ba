// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/grpc_server.h"

namespace millrace::front {

/// Adds server reflection as v1 and, for older tools, v1alpha.
void addReflectionMethods(http::GrpcMethods& methods);

}  // namespace millrace::front
