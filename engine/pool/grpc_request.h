// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "http/grpc_message.h"

#include <cstdint>
#include <functional>
#include <string>

namespace millrace::pool {

/// What becomes of the one message of an answer, as it comes; an error is the answer's. Called once at most for each
/// time that the request is sent, on the strand.
using GrpcRead = std::function<Status(http::GrpcMessageReader::Message& message)>;

/// What is asked in a call with one message and one answer.
struct GrpcRequest {
    std::string path;             ///< "/inference.GRPCInferenceService/ModelInfer"
    http::GrpcFramed framed;      ///< the message
    std::uint32_t bulkField = 0;  ///< of the answer: GrpcMessageReader
    GrpcRead read;
};

}  // namespace millrace::pool
