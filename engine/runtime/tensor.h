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
/// Bytes per element; 0 for Bytes, whose elements vary in length.
std::size_t sizeOf(DataType type);

/// An input or output of a model. Axis 0 is the batch; −1: any size.
struct TensorSpec {
    std::string name;
    DataType type = DataType::Fp32;
    std::vector<std::int64_t> shape;
};

/// Tensor data in one of three forms:
/// bytes    row-major, little-endian; empty for Bytes
/// shared   instead of `bytes`: a reference to the model's memory
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
/// Number of elements; nullopt on overflow or for a negative axis.
std::optional<std::uint64_t> elementsOf(const std::vector<std::int64_t>& shape);

/// InvalidArgument, with the tensor's name, unless `tensor` matches `spec` and its data is complete.
Status fits(const Tensor& tensor, const TensorSpec& spec);

/// Sorts a request's tensors in the order of `specs`, and determines their common number of rows, 1 … rowsMax.
struct CheckedInputs {
    std::vector<Tensor> tensors;
    std::int64_t rows = 0;
};
StatusOr<CheckedInputs> checkInputs(std::vector<Tensor> given, const std::vector<TensorSpec>& specs,
                                    std::int64_t rowsMax);

}  // namespace millrace::runtime
