// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace inference {
class InferTensorContents;
class ModelInferRequest;
class ModelInferResponse;
}  // namespace inference

/// KServe v2 tensors on the wire: sizes of datatypes, and the change between typed and raw contents.
/// raw: row-major little-endian; BYTES elements are a 4-byte little-endian length and the data.
/// Source: KServe v2, "Tensor Data Types"; PROTOCOLS 1.3.
namespace millrace::backend {

/// Of a request; each tensor and each request may have so many parameters.
inline constexpr int kTensorsMax = 1024;
inline constexpr std::size_t kParametersMax = 256;

/// Bytes of an element; 0 for BYTES (variable); empty for an unknown name.
std::optional<std::size_t> elementBytes(std::string_view datatype);

/// Elements of a shape; empty when a dimension is negative or the product overflows.
std::optional<std::uint64_t> elementCount(std::span<const std::int64_t> shape);
inline std::optional<std::uint64_t> elementCount(const std::vector<std::int64_t>& shape)
{
    return elementCount(std::span(shape));
}

/// Typed contents as raw bytes. InvalidArgument when the list does not fit the datatype or a value its width;
/// FP16 and BF16 have no typed form.
StatusOr<std::string> toRaw(std::string_view datatype, const inference::InferTensorContents& contents);

/// Raw bytes as typed contents (for clients that read them). FP16/BF16: Unimplemented.
Status toTyped(std::string_view datatype, std::string_view raw, inference::InferTensorContents* contents);

/// Splits BYTES raw contents into its elements; InvalidArgument when lengths do not add up.
StatusOr<std::vector<std::string_view>> bytesElements(std::string_view raw);

/// Checks names, datatypes, shapes and sizes, and moves all typed contents to raw_input_contents.
/// The error names its field: inputs[0].shape …
Status normaliseRequest(inference::ModelInferRequest* request);

/// Moves typed contents of outputs, if any, to raw_output_contents.
Status normaliseResponse(inference::ModelInferResponse* response);

/// Offset where each of `rows` rows of axis 0 begins, and the end: rows + 1 values.
StatusOr<std::vector<std::size_t>> rowOffsets(std::string_view datatype, const std::vector<std::int64_t>& shape,
                                              std::string_view raw);

}  // namespace millrace::backend
