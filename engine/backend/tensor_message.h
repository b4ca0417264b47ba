// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "proto/inference_fwd.h"

#include <cstddef>

/// Validates whole KServe v2 messages and converts their tensors to raw contents, once, at the edge: everything behind
/// it can rely on both.
///
///     if (Status status = normaliseRequest(&request); !status.ok()) return status;    // fieldOf(): "inputs[0].shape"
///
/// Pure functions. Cost: O(tensors); typed contents are copied, raw ones are not.
namespace millrace::backend {

/// Limits per request; kParametersMax applies to each tensor and to the request.
inline constexpr int kTensorsMax = 1024;
inline constexpr std::size_t kParametersMax = 256;

/// Validates names, datatypes, shapes and sizes, and moves typed contents to raw_input_contents. InvalidArgument, with
/// the field at fault; the message is then in an unspecified state.
Status normaliseRequest(inference::ModelInferRequest* request);

/// Moves typed contents of outputs, if any, to raw_output_contents. Errors as above.
Status normaliseResponse(inference::ModelInferResponse* response);

}  // namespace millrace::backend
