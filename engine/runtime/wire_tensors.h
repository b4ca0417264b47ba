// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "proto/inference_fwd.h"
#include "runtime/tensor.h"

#include <vector>

namespace millrace::runtime {

/// The inputs of a request with typed or raw contents; raw ones are moved out of it. All lengths are validated.
/// InvalidArgument with the tensor's name.
/// Source: KServe v2, "Tensor Contents"; raw: one entry per input, and no typed contents.
StatusOr<std::vector<Tensor>> takeInputs(inference::ModelInferRequest& request);

/// True if the request has raw contents; it is answered in the same form.
bool usesRaw(const inference::ModelInferRequest& request);

/// Puts the outputs that `request` asks for (none named: all) into `response`; their contents into `contents`, as they
/// lie, where they are raw.
/// Errors: InvalidArgument for an output that the model does not have.
Status putOutputs(std::vector<Tensor> outputs, const inference::ModelInferRequest& request, bool raw,
                  inference::ModelInferResponse& response, std::vector<SharedBytes>& contents);

}  // namespace millrace::runtime
