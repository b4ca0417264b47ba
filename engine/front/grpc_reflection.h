// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/grpc_server.h"

namespace millrace::front {

/// Server reflection, under both names: older tools ask for v1alpha.
void addReflectionMethods(http::GrpcMethods& methods);

}  // namespace millrace::front
