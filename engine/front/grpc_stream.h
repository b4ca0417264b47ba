// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"

#include <memory>

namespace millrace::front {

/// millrace.v1.Stream: the pages of HTTP in chunks that are checked.
void addStreamMethods(GrpcMethods& methods, const std::shared_ptr<GrpcShared>& shared);

}  // namespace millrace::front
