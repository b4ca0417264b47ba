// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "proto/inference_fwd.h"

#include <cstddef>

/// The tensors of whole KServe v2 messages: checked once, and raw from then on.
///
///     if (Status status = normaliseRequest(&request); !status.ok()) …    // its field: inputs[0].shape …
///
/// Pure functions; each looks at every tensor once. Cost: typed contents are copied, raw ones are not.
namespace millrace::backend {

/// Of a request; each tensor and each request may have this many parameters.
inline constexpr int kTensorsMax = 1024;
inline constexpr std::size_t kParametersMax = 256;

/// Checks names, datatypes, shapes and sizes, and moves all typed contents to raw_input_contents.
/// The error names its field: inputs[0].shape …
Status normaliseRequest(inference::ModelInferRequest* request);

/// Moves typed contents of outputs, if any, to raw_output_contents.
Status normaliseResponse(inference::ModelInferResponse* response);

}  // namespace millrace::backend
