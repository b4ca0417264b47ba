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

/// Validates a name that may be empty. InvalidArgument with the field.
Status checkOptional(const std::string& name, const char* field);
/// Validates the names in a request; tensors are checked where it is served.
Status checkRequest(const inference::ModelInferRequest& request);

/// Serves a request whose message had `bytes`. A client that sent typed contents gets typed contents; large ones are
/// converted on OffLoop. REQUIRES: checkRequest() passed.
net::awaitable<GrpcAnswer<inference::ModelInferResponse>> inferTensors(
    std::shared_ptr<GrpcShared> shared, std::shared_ptr<serve::Call> call,
    std::unique_ptr<inference::ModelInferRequest> request, std::size_t bytes);

}  // namespace millrace::front
