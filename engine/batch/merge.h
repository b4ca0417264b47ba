// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "proto/inference_fwd.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// KServe v2 requests as one, and the answer of that one as theirs. Pure.
///
///     const Mergeable first = mergeable(*a), second = mergeable(*b);
///     if (first.rows > 0 && second.rows > 0 && first.signature == second.signature) …
///     auto answers = split(answer, {{a, b}});               // of the backend, to merge({{a, b}})
///
/// REQUIRES: tensors have raw contents throughout (backend::normaliseRequest was called).
namespace millrace::batch {

using InferRequest = inference::ModelInferRequest;
using InferResponse = inference::ModelInferResponse;

inline constexpr std::size_t kSignatureBytesMax = 64U << 10;  ///< what is longer bypasses batching

struct Mergeable {
    std::uint32_t rows = 0;  ///< 0: the request must bypass batching
    std::string signature;   ///< members must have the same; compared, not shown
    std::string alone;       ///< why it must bypass batching
};

/// What members of a batch must share: version, names, datatypes, shapes past axis 0, requested outputs, parameters.
/// Requests of a sequence, inputs without axes or of different rows, and no rows at all bypass batching.
Mergeable mergeable(const InferRequest& request);

/// The signature of a request for people: "x FP32 [784]".
std::string describe(const InferRequest& request);

/// All members along axis 0, in their order. They have the same signature.
std::shared_ptr<const InferRequest> merge(std::span<const InferRequest* const> members);

/// Whether every output has the rows of all members along axis 0: FailedPrecondition when not.
Status splits(const InferResponse& answer, std::uint64_t rows);

/// Each member's rows of the answer, with its own id. FailedPrecondition when it does not split.
StatusOr<std::vector<std::unique_ptr<InferResponse>>> split(const InferResponse& answer,
                                                            std::span<const InferRequest* const> members);

}  // namespace millrace::batch
