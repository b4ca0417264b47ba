// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"

#include <memory>

namespace millrace::front {

/// Adds millrace.v1.Stream: the HTTP routes, with answers in checked chunks (stream/chunk_codec.h).
void addStreamMethods(GrpcMethods& methods, const std::shared_ptr<GrpcShared>& shared);

}  // namespace millrace::front
