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

/// Merges KServe v2 requests along axis 0, and splits the response. Pure. Thread: any.
///
///     const Mergeable first = mergeable(*a), second = mergeable(*b);
///     if (first.rows > 0 && second.rows > 0 && first.signature == second.signature) …
///     auto answers = split(answer, {{a, b}});               // the backend's answer to merge({{a, b}})
///
/// REQUIRES: raw contents (backend::normaliseRequest()).
namespace millrace::batch {

using InferRequest = inference::ModelInferRequest;
using InferResponse = inference::ModelInferResponse;

inline constexpr std::size_t kSignatureBytesMax = 64U << 10;  ///< requests with longer ones bypass batching

/// Whether, and with which others, a request can be merged.
struct Mergeable {
    std::uint32_t rows = 0;  ///< 0: the request must bypass batching
    std::string signature;   ///< must be equal for all members; binary
    std::string alone;       ///< why it must bypass batching; empty: it need not
};

/// The signature covers version, names, datatypes, shapes without axis 0, requested outputs, and parameters. Requests
/// of a sequence, with scalar inputs, with inputs of different row counts, or without rows bypass batching.
Mergeable mergeable(const InferRequest& request);

/// The signature for display: "x FP32 [784]".
std::string describe(const InferRequest& request);

/// Concatenates all members along axis 0, in order. REQUIRES: equal signatures, at least one member.
std::shared_ptr<const InferRequest> merge(std::span<const InferRequest* const> members);

/// FailedPrecondition unless axis 0 of every output has `rows` rows.
Status splits(const InferResponse& answer, std::uint64_t rows);

/// Splits `answer` into each member's rows, with its id. FailedPrecondition if splits() fails.
StatusOr<std::vector<std::unique_ptr<InferResponse>>> split(const InferResponse& answer,
                                                            std::span<const InferRequest* const> members);

}  // namespace millrace::batch
