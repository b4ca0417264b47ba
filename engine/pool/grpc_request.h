// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "http/grpc_message.h"

#include <cstdint>
#include <functional>
#include <string>

namespace millrace::pool {

/// Consumes the message of a unary response; an error becomes the call's status. Called on the strand, at most once per
/// attempt to send the request.
using GrpcRead = std::function<Status(http::GrpcMessageReader::Message& message)>;

/// A unary call.
struct GrpcRequest {
    std::string path;             ///< "/inference.GRPCInferenceService/ModelInfer"
    http::GrpcFramed framed;      ///< the message
    std::uint32_t bulkField = 0;  ///< of the response, see GrpcMessageReader; 0: none
    GrpcRead read;
};

}  // namespace millrace::pool
