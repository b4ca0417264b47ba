// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "front/kserve.h"
#include "proto/inference_fwd.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

/// Requests of KServe v2 over REST: JSON and the binary extension to tensors. Pure.
namespace millrace::front {

struct InferCall {
    std::unique_ptr<inference::ModelInferRequest> request;  ///< raw contents; model name and version are the caller's
    OutputForm form;
};

/// `jsonBytes`: Inference-Header-Content-Length; empty: the body is JSON alone. The body's capacity may grow.
/// InvalidArgument names its field: inputs[0].data[3] …
/// What only concerns the transport (binary_data_size, binary_data, binary_data_output) stays out of the request,
/// so that it does not keep requests from being merged.
StatusOr<InferCall> readInfer(std::string& body, std::optional<std::size_t> jsonBytes);

/// FailedPrecondition: this machine cannot run what reads JSON tensors (x86-64-v2: SSE 4.2 and carry-less products).
Status checkProcessor();

/// Reads {"ready": true} of that request; an empty body asks for all.
StatusOr<bool> readIndexRequest(std::string& body);

}  // namespace millrace::front
