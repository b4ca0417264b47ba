// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/grpc_shared.h"
#include "front/grpc_unary.h"
#include "inference.pb.h"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <memory>
#include <string>

namespace millrace::front {

/// Of a name that may be left out. InvalidArgument with the field.
Status checkOptional(const std::string& name, const char* field);
/// The names in a request; its tensors are looked at where it is served.
Status checkRequest(const inference::ModelInferRequest& request);

/// Serves a request that has been checked and whose message had `bytes`. A client that speaks in typed contents gets
/// them back; contents of megabytes change their form beside the loop.
net::awaitable<GrpcAnswer<inference::ModelInferResponse>> inferTensors(
    std::shared_ptr<GrpcShared> shared, std::shared_ptr<serve::Call> call,
    std::unique_ptr<inference::ModelInferRequest> request, std::size_t bytes);

}  // namespace millrace::front
