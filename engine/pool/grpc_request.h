// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace millrace::pool {

/// What becomes of the one message of an answer, as it comes; an error is the answer's. Called once at most for each
/// time that the request is sent, on the strand.
using GrpcRead = std::function<Status(std::string_view message)>;

/// What is asked in a call with one message and one answer.
struct GrpcRequest {
    std::string path;                           ///< "/inference.GRPCInferenceService/ModelInfer"
    std::shared_ptr<const std::string> framed;  ///< the message, with the prefix that gRPC puts before it
    GrpcRead read;
};

}  // namespace millrace::pool
