// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "proto/inference_fwd.h"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// KServe v2 tensors on the wire: sizes of datatypes, and the change between typed and raw contents.
/// raw: row-major little-endian; BYTES elements are a 4-byte little-endian length and the data.
///
///     const Datatype* datatype = findDatatype("FP32");
///     auto raw = toRaw("FP32", contents);                     // StatusOr<std::string>
///     auto offsets = rowOffsets("FP32", {2, 3}, *raw);        // 0, 12, 24
///
/// Pure functions. Not here: whole requests and answers (tensor_message.h).
/// Source: KServe v2, "Tensor Data Types"; PROTOCOLS 1.3.
namespace millrace::backend {

/// The lists of InferTensorContents; each datatype has one of them.
enum class ContentsList { None, Bool, Int, Int64, Uint, Uint64, Fp32, Fp64, Bytes };

struct Datatype {
    std::string_view name;
    std::size_t bytes;  ///< of an element; 0: variable
    ContentsList list;  ///< None: no typed form
};
/// Null: there is none of that name.
const Datatype* findDatatype(std::string_view name);
/// InvalidArgument with the names that there are; field "datatype".
Status unknownDatatype(std::string_view name);

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

/// That `raw` is what datatype and shape say; `elements`: of the shape.
Status checkContents(const Datatype& datatype, std::uint64_t elements, std::span<const std::int64_t> shape,
                     std::string_view raw);
bool hasTyped(const inference::InferTensorContents& contents);
std::string describeShape(std::span<const std::int64_t> shape);  ///< "[2,3]"

/// Offset where each of `rows` rows of axis 0 begins, and the end: rows + 1 values.
StatusOr<std::vector<std::size_t>> rowOffsets(std::string_view datatype, const std::vector<std::int64_t>& shape,
                                              std::string_view raw);

}  // namespace millrace::backend
