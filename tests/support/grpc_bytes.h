// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/grpc_message.h"

#include <string>

namespace millrace::testing {

/// A message with the prefix that gRPC puts before it. `packed`: it says of itself that it is compressed.
inline std::string framed(const std::string& bytes, bool packed = false)
{
    char prefix[http::kGrpcPrefix];
    http::writeGrpcPrefix(prefix, bytes.size());
    prefix[0] = packed ? 1 : 0;
    return std::string(prefix, http::kGrpcPrefix) + bytes;
}

}  // namespace millrace::testing
