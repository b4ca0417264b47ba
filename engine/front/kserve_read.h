// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "front/kserve.h"
#include "proto/inference_fwd.h"

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

/// Parses KServe v2 REST requests: JSON and the binary extension to tensors.
///
///     auto call = readInfer(body, jsonBytes);
///     if (!call.ok()) return kserveError(call.status());       // fieldOf(): "inputs[0].data[3]"
///     call->request->set_model_name(model);
///
/// Pure. Thread: any.
namespace millrace::front {

struct InferCall {
    std::unique_ptr<inference::ModelInferRequest> request;  ///< with raw contents, without model name and version
    OutputForm form;
};

/// `jsonBytes`: Inference-Header-Content-Length; empty: the body is JSON only. May enlarge the body's capacity, for
/// simdjson's padding. InvalidArgument, with the field at fault.
/// Parameters of the transport (binary_data_size, binary_data, binary_data_output) are not copied to the request, where
/// they would prevent merging.
StatusOr<InferCall> readInfer(std::string& body, std::optional<std::size_t> jsonBytes);

/// FailedPrecondition: this processor lacks the instructions that the parser is compiled for (x86-64-v2 and PCLMUL).
Status checkProcessor();

/// Parses a repository index request: the value of {"ready": true}. An empty body means false: all models.
StatusOr<bool> readIndexRequest(std::string& body);

}  // namespace millrace::front
