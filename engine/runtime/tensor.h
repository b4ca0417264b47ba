// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/shared_bytes.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::runtime {

/// Element types of KServe v2, under their names on the wire.
enum class DataType { Bool, Uint8, Uint16, Uint32, Uint64, Int8, Int16, Int32, Int64, Fp16, Bf16, Fp32, Fp64, Bytes };

std::string_view nameOf(DataType type);  // "FP32"
std::optional<DataType> dataTypeOf(std::string_view name);
/// Bytes of one element; 0 for Bytes, whose elements have their own length each.
std::size_t sizeOf(DataType type);

/// What a model wants or gives. Axis 0 is the batch; −1: any size.
struct TensorSpec {
    std::string name;
    DataType type = DataType::Fp32;
    std::vector<std::int64_t> shape;
};

/// Values in one piece.
/// bytes    row-major, little-endian; empty for Bytes
/// shared   instead of `bytes`, where they stay in memory of the model's
/// strings  the elements of Bytes, row-major
struct Tensor {
    std::string name;
    DataType type = DataType::Fp32;
    std::vector<std::int64_t> shape;
    std::string bytes;
    std::vector<std::string> strings;
    SharedBytes shared{};

    std::string_view view() const { return shared.empty() ? std::string_view(bytes) : shared.view(); }
    std::int64_t rows() const { return shape.empty() ? 0 : shape.front(); }
};

std::string describe(const std::vector<std::int64_t>& shape);  // "[-1,784]"
/// Elements of a shape without −1; empty when it overflows or an axis is negative.
std::optional<std::uint64_t> elementsOf(const std::vector<std::int64_t>& shape);

/// Whether `tensor` is what `spec` describes, with its own bytes complete; InvalidArgument naming the tensor otherwise.
Status fits(const Tensor& tensor, const TensorSpec& spec);

/// The tensors of one request, in the order of `specs`, with the rows they agree on (1 … rowsMax).
struct CheckedInputs {
    std::vector<Tensor> tensors;
    std::int64_t rows = 0;
};
StatusOr<CheckedInputs> checkInputs(std::vector<Tensor> given, const std::vector<TensorSpec>& specs,
                                    std::int64_t rowsMax);

}  // namespace millrace::runtime
