// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/tensor.h"

#include "base/text.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

namespace millrace::runtime {

namespace {

struct TypeFacts {
    DataType type;
    std::string_view name;
    std::size_t size;
};
constexpr std::array<TypeFacts, 14> kTypes{{{DataType::Bool, "BOOL", 1},
                                            {DataType::Uint8, "UINT8", 1},
                                            {DataType::Uint16, "UINT16", 2},
                                            {DataType::Uint32, "UINT32", 4},
                                            {DataType::Uint64, "UINT64", 8},
                                            {DataType::Int8, "INT8", 1},
                                            {DataType::Int16, "INT16", 2},
                                            {DataType::Int32, "INT32", 4},
                                            {DataType::Int64, "INT64", 8},
                                            {DataType::Fp16, "FP16", 2},
                                            {DataType::Bf16, "BF16", 2},
                                            {DataType::Fp32, "FP32", 4},
                                            {DataType::Fp64, "FP64", 8},
                                            {DataType::Bytes, "BYTES", 0}}};

const TypeFacts& factsOf(DataType type)
{
    return *std::find_if(kTypes.begin(), kTypes.end(), [type](const TypeFacts& facts) { return facts.type == type; });
}

std::string named(const std::vector<TensorSpec>& specs)
{
    std::string names;
    for (const TensorSpec& spec : specs) names += (names.empty() ? "'" : ", '") + spec.name + "'";
    return names;
}

Status wrong(const std::string& tensor, const std::string& what)
{
    return withField(invalidArgument("tensor " + quotedName(tensor) + ": " + what),
                     "inputs." + washed(tensor, kNameBytesMax));
}

}  // namespace

std::string_view nameOf(DataType type)
{
    return factsOf(type).name;
}

std::optional<DataType> dataTypeOf(std::string_view name)
{
    for (const TypeFacts& facts : kTypes)
        if (facts.name == name) return facts.type;
    return std::nullopt;
}

std::size_t sizeOf(DataType type)
{
    return factsOf(type).size;
}

std::string describe(const std::vector<std::int64_t>& shape)
{
    std::string text = "[";
    for (std::size_t axis = 0; axis < shape.size(); ++axis)
        text += (axis == 0 ? "" : ",") + std::to_string(shape[axis]);
    return text + "]";
}

std::optional<std::uint64_t> elementsOf(const std::vector<std::int64_t>& shape)
{
    std::uint64_t count = 1;
    for (const std::int64_t size : shape) {
        if (size < 0) return std::nullopt;
        const auto factor = static_cast<std::uint64_t>(size);
        if (factor != 0 && count > std::numeric_limits<std::uint64_t>::max() / 16 / factor) return std::nullopt;
        count *= factor;
    }
    return count;
}

Status fits(const Tensor& tensor, const TensorSpec& spec)
{
    if (tensor.type != spec.type)
        return wrong(spec.name, "datatype is " + std::string(nameOf(tensor.type)) + ", the model has " +
                                    std::string(nameOf(spec.type)));
    bool alike = tensor.shape.size() == spec.shape.size();
    for (std::size_t axis = 0; alike && axis < spec.shape.size(); ++axis)
        alike = tensor.shape[axis] >= 0 && (spec.shape[axis] < 0 || tensor.shape[axis] == spec.shape[axis]);
    if (!alike)
        return wrong(spec.name, "shape is " + describe(tensor.shape) + ", the model has " + describe(spec.shape));
    const auto count = elementsOf(tensor.shape);
    if (!count) return wrong(spec.name, "shape " + describe(tensor.shape) + " is too large");
    if (tensor.type == DataType::Bytes) {
        if (tensor.strings.size() != *count)
            return wrong(spec.name, "shape " + describe(tensor.shape) + " needs " + std::to_string(*count) +
                                        " elements, got " + std::to_string(tensor.strings.size()));
    } else if (tensor.view().size() != *count * sizeOf(tensor.type)) {
        return wrong(spec.name, "shape " + describe(tensor.shape) + " needs " +
                                    std::to_string(*count * sizeOf(tensor.type)) + " bytes, got " +
                                    std::to_string(tensor.view().size()));
    }
    return absl::OkStatus();
}

StatusOr<CheckedInputs> checkInputs(std::vector<Tensor> given, const std::vector<TensorSpec>& specs,
                                    std::int64_t rowsMax)
{
    for (std::size_t at = 0; at < given.size(); ++at) {
        const std::string& name = given[at].name;
        if (std::none_of(specs.begin(), specs.end(), [&](const TensorSpec& spec) { return spec.name == name; }))
            return wrong(name, "the model has no such input; it has " + named(specs));
        for (std::size_t other = 0; other < at; ++other)
            if (given[other].name == name) return wrong(name, "specified twice");
    }
    CheckedInputs checked;
    checked.tensors.reserve(specs.size());
    for (const TensorSpec& spec : specs) {
        const auto found =
            std::find_if(given.begin(), given.end(), [&](const Tensor& tensor) { return tensor.name == spec.name; });
        if (found == given.end()) return wrong(spec.name, "missing; the model needs " + named(specs));
        if (Status status = fits(*found, spec); !status.ok()) return status;
        const std::int64_t rows = found->rows();
        if (rows < 1) return wrong(spec.name, "has no rows; axis 0 must be 1 to " + std::to_string(rowsMax));
        if (rows > rowsMax)
            return wrong(spec.name,
                         "has " + std::to_string(rows) + " rows, the model's batch_max is " + std::to_string(rowsMax));
        if (checked.rows != 0 && checked.rows != rows)
            return wrong(spec.name,
                         "has " + std::to_string(rows) + " rows, another input has " + std::to_string(checked.rows));
        checked.rows = rows;
        checked.tensors.push_back(std::move(*found));
    }
    return checked;
}

}  // namespace millrace::runtime
