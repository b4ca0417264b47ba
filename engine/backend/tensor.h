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

/// KServe v2 tensors on the wire: element sizes, and conversion between typed and raw contents.
/// Raw: row-major, little-endian; a BYTES element is a 4-byte little-endian length followed by the data.
///
///     const Datatype* datatype = findDatatype("FP32");
///     auto raw = toRaw("FP32", contents);                     // StatusOr<std::string>
///     auto offsets = rowOffsets("FP32", {2, 3}, *raw);        // 0, 12, 24
///
/// Pure functions. Not here: whole requests and answers (tensor_message.h).
/// Source: KServe v2, "Tensor Data Types".
namespace millrace::backend {

/// The fields of InferTensorContents; each datatype uses one of them.
enum class ContentsList { None, Bool, Int, Int64, Uint, Uint64, Fp32, Fp64, Bytes };

struct Datatype {
    std::string_view name;
    std::size_t bytes;  ///< per element; 0: variable
    ContentsList list;  ///< None: no typed form
};
/// Null: unknown name. The result is static.
const Datatype* findDatatype(std::string_view name);
/// InvalidArgument that lists the known names; field "datatype".
Status unknownDatatype(std::string_view name);

/// Bytes per element; 0 for BYTES (variable); nullopt for an unknown name.
std::optional<std::size_t> elementBytes(std::string_view datatype);

/// Number of elements; nullopt if a dimension is negative or the product overflows.
std::optional<std::uint64_t> elementCount(std::span<const std::int64_t> shape);
inline std::optional<std::uint64_t> elementCount(const std::vector<std::int64_t>& shape)
{
    return elementCount(std::span(shape));
}

/// Converts typed contents to raw bytes. InvalidArgument if the list does not match the datatype, or a value exceeds
/// its range; FP16 and BF16 have no typed form.
StatusOr<std::string> toRaw(std::string_view datatype, const inference::InferTensorContents& contents);

/// Converts raw bytes to typed contents, for clients that expect those. FP16 and BF16: Unimplemented.
Status toTyped(std::string_view datatype, std::string_view raw, inference::InferTensorContents* contents);

/// Splits raw BYTES contents into views of the elements; InvalidArgument if the lengths do not add up.
StatusOr<std::vector<std::string_view>> bytesElements(std::string_view raw);

/// InvalidArgument unless `raw` has the size that datatype and shape imply. REQUIRES: `elements` is that of `shape`.
Status checkContents(const Datatype& datatype, std::uint64_t elements, std::span<const std::int64_t> shape,
                     std::string_view raw);
/// True if any list of `contents` has elements.
bool hasTyped(const inference::InferTensorContents& contents);
std::string describeShape(std::span<const std::int64_t> shape);  ///< "[2,3]"

/// The offset in `raw` of each row of axis 0, and the end: rows + 1 values. InvalidArgument if `raw` does not match.
StatusOr<std::vector<std::size_t>> rowOffsets(std::string_view datatype, const std::vector<std::int64_t>& shape,
                                              std::string_view raw);

}  // namespace millrace::backend
