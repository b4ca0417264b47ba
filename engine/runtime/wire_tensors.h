// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "proto/inference_fwd.h"
#include "runtime/tensor.h"

#include <vector>

namespace millrace::runtime {

/// The inputs of a request, typed or raw; takes raw contents out of it. Every length is checked.
/// Errors: InvalidArgument naming the tensor.
/// Source: KServe v2, "Tensor Contents"; raw: one entry an input, none of them with typed contents.
StatusOr<std::vector<Tensor>> takeInputs(inference::ModelInferRequest& request);

/// Whether the request's contents are raw: it is answered alike.
bool usesRaw(const inference::ModelInferRequest& request);

/// Puts the outputs that `request` asks for (none named: all) into `response`; their contents into `contents`, as they
/// lie, where they are raw.
/// Errors: InvalidArgument for an output that the model does not have.
Status putOutputs(std::vector<Tensor> outputs, const inference::ModelInferRequest& request, bool raw,
                  inference::ModelInferResponse& response, std::vector<SharedBytes>& contents);

}  // namespace millrace::runtime
