// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/wire_tensors.h"

#include "base/text.h"
#include "inference.pb.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <utility>

namespace millrace::runtime {

namespace {

using Contents = inference::InferTensorContents;

Status wrong(const std::string& tensor, const std::string& what)
{
    return withField(invalidArgument("tensor " + quotedName(tensor) + ": " + what),
                     "inputs." + washed(tensor, kNameBytesMax));
}

/// The number of non-empty typed lists, and their total length.
struct Filled {
    int lists = 0;
    int elements = 0;
};
Filled filledOf(const Contents& contents)
{
    Filled filled;
    for (const int size :
         {contents.bool_contents_size(), contents.int_contents_size(), contents.int64_contents_size(),
          contents.uint_contents_size(), contents.uint64_contents_size(), contents.fp32_contents_size(),
          contents.fp64_contents_size(), contents.bytes_contents_size()}) {
        filled.lists += size > 0 ? 1 : 0;
        filled.elements += size;
    }
    return filled;
}

template <typename List>
std::string copied(const List& list)
{
    if (list.empty()) return {};
    return std::string(reinterpret_cast<const char*>(list.data()),
                       static_cast<std::size_t>(list.size()) * sizeof(*list.data()));
}

/// Narrows values from the wider type of the wire; empty if one does not fit.
template <typename T, typename List>
std::optional<std::string> narrowed(const List& list)
{
    std::string bytes;
    bytes.reserve(static_cast<std::size_t>(list.size()) * sizeof(T));
    for (const auto value : list) {
        if (std::cmp_less(value, std::numeric_limits<T>::min()) ||
            std::cmp_greater(value, std::numeric_limits<T>::max()))
            return std::nullopt;
        const T narrow = static_cast<T>(value);
        bytes.append(reinterpret_cast<const char*>(&narrow), sizeof(T));
    }
    return bytes;
}

Status takeTyped(const Contents& contents, Tensor& tensor)
{
    std::optional<std::string> bytes;
    int used = 0;
    switch (tensor.type) {
        case DataType::Bool:
            bytes = copied(contents.bool_contents()), used = contents.bool_contents_size();
            break;
        case DataType::Int8:
            bytes = narrowed<std::int8_t>(contents.int_contents()), used = contents.int_contents_size();
            break;
        case DataType::Int16:
            bytes = narrowed<std::int16_t>(contents.int_contents()), used = contents.int_contents_size();
            break;
        case DataType::Int32:
            bytes = copied(contents.int_contents()), used = contents.int_contents_size();
            break;
        case DataType::Int64:
            bytes = copied(contents.int64_contents()), used = contents.int64_contents_size();
            break;
        case DataType::Uint8:
            bytes = narrowed<std::uint8_t>(contents.uint_contents()), used = contents.uint_contents_size();
            break;
        case DataType::Uint16:
            bytes = narrowed<std::uint16_t>(contents.uint_contents()), used = contents.uint_contents_size();
            break;
        case DataType::Uint32:
            bytes = copied(contents.uint_contents()), used = contents.uint_contents_size();
            break;
        case DataType::Uint64:
            bytes = copied(contents.uint64_contents()), used = contents.uint64_contents_size();
            break;
        case DataType::Fp32:
            bytes = copied(contents.fp32_contents()), used = contents.fp32_contents_size();
            break;
        case DataType::Fp64:
            bytes = copied(contents.fp64_contents()), used = contents.fp64_contents_size();
            break;
        case DataType::Fp16:
        case DataType::Bf16:
            return wrong(tensor.name, std::string(nameOf(tensor.type)) + " must come as raw_input_contents");
        case DataType::Bytes:
            tensor.strings.assign(contents.bytes_contents().begin(), contents.bytes_contents().end());
            bytes.emplace();
            used = contents.bytes_contents_size();
            break;
    }
    if (!bytes) return wrong(tensor.name, "a value does not fit " + std::string(nameOf(tensor.type)));
    const Filled filled = filledOf(contents);
    if (filled.lists > 1) return wrong(tensor.name, "more than one list of contents is filled");
    if (filled.elements != used)
        return wrong(tensor.name, "contents are in a list that is not the one of " + std::string(nameOf(tensor.type)));
    tensor.bytes = *std::move(bytes);
    return absl::OkStatus();
}

Status takeRaw(std::string raw, Tensor& tensor)
{
    if (tensor.type != DataType::Bytes) {
        tensor.shared = std::move(raw);
        return absl::OkStatus();
    }
    std::size_t at = 0;
    while (at < raw.size()) {
        std::uint32_t length = 0;
        if (raw.size() - at < sizeof(length)) return wrong(tensor.name, "raw contents end inside an element's length");
        std::memcpy(&length, raw.data() + at, sizeof(length));
        at += sizeof(length);
        if (raw.size() - at < length) return wrong(tensor.name, "raw contents end inside an element");
        tensor.strings.emplace_back(raw, at, length);
        at += length;
    }
    return absl::OkStatus();
}

template <typename T, typename List>
void widen(std::string_view bytes, List& list)
{
    list.Reserve(static_cast<int>(bytes.size() / sizeof(T)));
    for (std::size_t at = 0; at + sizeof(T) <= bytes.size(); at += sizeof(T)) {
        T value;
        std::memcpy(&value, bytes.data() + at, sizeof(T));
        list.Add(value);
    }
}

Status putTyped(const Tensor& tensor, Contents& contents)
{
    switch (tensor.type) {
        case DataType::Bool:
            widen<bool>(tensor.view(), *contents.mutable_bool_contents());
            break;
        case DataType::Int8:
            widen<std::int8_t>(tensor.view(), *contents.mutable_int_contents());
            break;
        case DataType::Int16:
            widen<std::int16_t>(tensor.view(), *contents.mutable_int_contents());
            break;
        case DataType::Int32:
            widen<std::int32_t>(tensor.view(), *contents.mutable_int_contents());
            break;
        case DataType::Int64:
            widen<std::int64_t>(tensor.view(), *contents.mutable_int64_contents());
            break;
        case DataType::Uint8:
            widen<std::uint8_t>(tensor.view(), *contents.mutable_uint_contents());
            break;
        case DataType::Uint16:
            widen<std::uint16_t>(tensor.view(), *contents.mutable_uint_contents());
            break;
        case DataType::Uint32:
            widen<std::uint32_t>(tensor.view(), *contents.mutable_uint_contents());
            break;
        case DataType::Uint64:
            widen<std::uint64_t>(tensor.view(), *contents.mutable_uint64_contents());
            break;
        case DataType::Fp32:
            widen<float>(tensor.view(), *contents.mutable_fp32_contents());
            break;
        case DataType::Fp64:
            widen<double>(tensor.view(), *contents.mutable_fp64_contents());
            break;
        case DataType::Bytes:
            for (const std::string& element : tensor.strings) contents.add_bytes_contents(element);
            break;
        case DataType::Fp16:
        case DataType::Bf16:
            return invalidArgument("output '" + tensor.name + "' is " + std::string(nameOf(tensor.type)) +
                                   ", which has no typed contents: send the inputs raw to be answered raw");
    }
    return absl::OkStatus();
}

SharedBytes rawOf(Tensor tensor)
{
    if (!tensor.shared.empty()) return std::move(tensor.shared);
    if (tensor.type != DataType::Bytes) return std::move(tensor.bytes);
    std::string raw;
    for (const std::string& element : tensor.strings) {
        const auto length = static_cast<std::uint32_t>(element.size());
        raw.append(reinterpret_cast<const char*>(&length), sizeof(length));
        raw += element;
    }
    return raw;
}

}  // namespace

bool usesRaw(const inference::ModelInferRequest& request)
{
    return request.raw_input_contents_size() > 0;
}

StatusOr<std::vector<Tensor>> takeInputs(inference::ModelInferRequest& request)
{
    const bool raw = usesRaw(request);
    if (raw && request.raw_input_contents_size() != request.inputs_size())
        return withField(invalidArgument("raw_input_contents has " + std::to_string(request.raw_input_contents_size()) +
                                         " entries for " + std::to_string(request.inputs_size()) + " inputs"),
                         "raw_input_contents");
    std::vector<Tensor> tensors;
    for (int at = 0; at < request.inputs_size(); ++at) {
        const auto& input = request.inputs(at);
        Tensor tensor;
        tensor.name = input.name();
        const auto type = dataTypeOf(input.datatype());
        if (!type) return wrong(input.name(), "datatype " + quotedName(input.datatype()) + " is not one of KServe v2");
        tensor.type = *type;
        tensor.shape.assign(input.shape().begin(), input.shape().end());
        if (raw && filledOf(input.contents()).lists > 0)
            return wrong(input.name(), "has typed contents while raw_input_contents is used");
        Status status = raw ? takeRaw(std::move(*request.mutable_raw_input_contents(at)), tensor)
                            : takeTyped(input.contents(), tensor);
        if (!status.ok()) return status;
        tensors.push_back(std::move(tensor));
    }
    return tensors;
}

Status putOutputs(std::vector<Tensor> outputs, const inference::ModelInferRequest& request, bool raw,
                  inference::ModelInferResponse& response, std::vector<SharedBytes>& contents)
{
    std::vector<Tensor> chosen;
    if (request.outputs_size() == 0) chosen = std::move(outputs);
    for (const auto& asked : request.outputs()) {
        const auto found = std::find_if(outputs.begin(), outputs.end(),
                                        [&](const Tensor& tensor) { return tensor.name == asked.name(); });
        if (found == outputs.end())
            return withField(
                invalidArgument("output " + quotedName(asked.name()) + " is unknown to the model, or asked twice"),
                "outputs");
        chosen.push_back(std::move(*found));
        outputs.erase(found);
    }
    for (Tensor& tensor : chosen) {
        auto* output = response.add_outputs();
        output->set_name(tensor.name);
        output->set_datatype(std::string(nameOf(tensor.type)));
        output->mutable_shape()->Add(tensor.shape.begin(), tensor.shape.end());
        if (raw) {
            contents.push_back(rawOf(std::move(tensor)));
        } else if (Status status = putTyped(tensor, *output->mutable_contents()); !status.ok()) {
            return status;
        }
    }
    return absl::OkStatus();
}

}  // namespace millrace::runtime
