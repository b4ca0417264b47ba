// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/kserve_write.h"

#include "backend/tensor.h"
#include "base/text.h"
#include "front/json_text.h"
#include "inference.pb.h"
#include "serve/serve.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>
#include <utility>

namespace millrace::front {

namespace {

using Output = inference::ModelInferResponse::InferOutputTensor;

template <typename T>
void appendNumber(std::string& out, T value)
{
    std::array<char, 32> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    out.append(text.data(), end);
}

template <typename T>
void appendReal(std::string& out, T value)
{
    if (std::isfinite(value))
        appendNumber(out, value);
    else
        out += "null";
}

float fromHalf(std::uint16_t bits)
{
    const int sign = bits >> 15;
    const int exponent = (bits >> 10) & 31;
    const int fraction = bits & 1023;
    float value = 0;
    if (exponent == 31)
        value = fraction ? std::numeric_limits<float>::quiet_NaN() : std::numeric_limits<float>::infinity();
    else if (exponent == 0)
        value = std::ldexp(static_cast<float>(fraction), -24);
    else
        value = std::ldexp(static_cast<float>(fraction + 1024), exponent - 25);
    return sign ? -value : value;
}

float fromBrain(std::uint16_t bits)
{
    const std::uint32_t wide = static_cast<std::uint32_t>(bits) << 16;
    float value;
    std::memcpy(&value, &wide, sizeof value);
    return value;
}

template <typename T, typename Append>
void appendAll(std::string& out, std::string_view raw, Append append)
{
    for (std::size_t offset = 0; offset + sizeof(T) <= raw.size(); offset += sizeof(T)) {
        T value;
        std::memcpy(&value, raw.data() + offset, sizeof value);
        if (offset) out += ',';
        append(value);
    }
}

template <typename T>
void appendNumbers(std::string& out, std::string_view raw)
{
    appendAll<T>(out, raw, [&](T value) {
        if constexpr (std::is_floating_point_v<T>)
            appendReal(out, value);
        else
            appendNumber(out, value);
    });
}

Status appendStrings(std::string& out, std::string_view raw, const Output& output)
{
    auto elements = backend::bytesElements(raw);
    if (!elements.ok()) return internal("output '" + output.name() + "': " + text(elements.status()));
    bool first = true;
    for (const auto element : *elements) {
        if (!isUtf8(element))
            return withField(invalidArgument("output '" + output.name() +
                                             "' contains bytes that are not UTF-8 text; request it with binary_data"),
                             "outputs");
        if (!std::exchange(first, false)) out += ',';
        appendQuoted(out, element);
    }
    return absl::OkStatus();
}

Status appendData(std::string& out, std::string_view raw, const Output& output)
{
    const std::string& type = output.datatype();
    if (type == "BYTES") return appendStrings(out, raw, output);
    if (type == "FP32")
        appendNumbers<float>(out, raw);
    else if (type == "FP64")
        appendNumbers<double>(out, raw);
    else if (type == "INT64")
        appendNumbers<std::int64_t>(out, raw);
    else if (type == "INT32")
        appendNumbers<std::int32_t>(out, raw);
    else if (type == "INT16")
        appendNumbers<std::int16_t>(out, raw);
    else if (type == "INT8")
        appendAll<std::int8_t>(out, raw, [&](std::int8_t value) { appendNumber(out, static_cast<int>(value)); });
    else if (type == "UINT64")
        appendNumbers<std::uint64_t>(out, raw);
    else if (type == "UINT32")
        appendNumbers<std::uint32_t>(out, raw);
    else if (type == "UINT16")
        appendNumbers<std::uint16_t>(out, raw);
    else if (type == "UINT8")
        appendAll<std::uint8_t>(out, raw, [&](std::uint8_t value) { appendNumber(out, static_cast<int>(value)); });
    else if (type == "BOOL")
        appendAll<char>(out, raw, [&](char value) { out += value ? "true" : "false"; });
    else if (type == "FP16")
        appendAll<std::uint16_t>(out, raw, [&](std::uint16_t bits) { appendReal(out, fromHalf(bits)); });
    else if (type == "BF16")
        appendAll<std::uint16_t>(out, raw, [&](std::uint16_t bits) { appendReal(out, fromBrain(bits)); });
    else
        return internal("output '" + output.name() + "' has the unknown datatype " + type);
    return absl::OkStatus();
}

void appendParameter(std::string& out, const inference::InferParameter& parameter)
{
    switch (parameter.parameter_choice_case()) {
        case inference::InferParameter::kBoolParam:
            out += parameter.bool_param() ? "true" : "false";
            return;
        case inference::InferParameter::kInt64Param:
            return appendNumber(out, parameter.int64_param());
        case inference::InferParameter::kUint64Param:
            return appendNumber(out, parameter.uint64_param());
        case inference::InferParameter::kDoubleParam:
            return appendReal(out, parameter.double_param());
        case inference::InferParameter::kStringParam:
            return appendQuoted(out, parameter.string_param());
        case inference::InferParameter::PARAMETER_CHOICE_NOT_SET:
            out += "null";
    }
}

/// Appends `,"parameters":{…}`, with the size of binary data if any; nothing if there are none.
template <typename Parameters>
void appendParameters(std::string& out, const Parameters& parameters, std::optional<std::size_t> binaryBytes)
{
    if (parameters.empty() && !binaryBytes) return;
    out += R"(,"parameters":{)";
    bool first = true;
    for (const auto& [name, parameter] : parameters) {
        if (!std::exchange(first, false)) out += ',';
        appendQuoted(out, name);
        out += ':';
        appendParameter(out, parameter);
    }
    if (binaryBytes) {
        if (!first) out += ',';
        out += R"("binary_data_size":)";
        appendNumber(out, *binaryBytes);
    }
    out += '}';
}

void appendShape(std::string& out, const google::protobuf::RepeatedField<std::int64_t>& shape)
{
    out += R"(,"shape":[)";
    for (int i = 0; i < shape.size(); ++i) {
        if (i) out += ',';
        appendNumber(out, shape[i]);
    }
    out += ']';
}

void appendMember(std::string& out, std::string_view key, std::string_view value)
{
    out += ',';
    appendQuoted(out, key);
    out += ':';
    appendQuoted(out, value);
}

template <typename Tensors>
void appendTensors(std::string& out, std::string_view key, const Tensors& tensors)
{
    out += ",\"";
    out += key;
    out += "\":[";
    bool first = true;
    for (const auto& tensor : tensors) {
        if (!std::exchange(first, false)) out += ',';
        out += R"({"name":)";
        appendQuoted(out, tensor.name());
        appendMember(out, "datatype", tensor.datatype());
        appendShape(out, tensor.shape());
        out += '}';
    }
    out += ']';
}

}  // namespace

StatusOr<InferAnswer> writeInfer(const inference::ModelInferResponse& response, const OutputForm& form)
{
    if (response.raw_output_contents_size() != response.outputs_size())
        return internal("the response has " + std::to_string(response.raw_output_contents_size()) +
                        " raw contents for " + std::to_string(response.outputs_size()) + " outputs");
    InferAnswer answer;
    std::string& out = answer.body;
    std::size_t bytes = 0;
    for (const auto& raw : response.raw_output_contents()) bytes += raw.size();
    out.reserve(256 + 3 * bytes);

    out += R"({"model_name":)";
    appendQuoted(out, response.model_name());
    if (!response.model_version().empty()) appendMember(out, "model_version", response.model_version());
    if (!response.id().empty()) appendMember(out, "id", response.id());
    appendParameters(out, response.parameters(), std::nullopt);
    out += R"(,"outputs":[)";
    bool binary = false;
    for (int i = 0; i < response.outputs_size(); ++i) {
        const Output& output = response.outputs(i);
        const std::string& raw = response.raw_output_contents(i);
        if (i) out += ',';
        out += R"({"name":)";
        appendQuoted(out, output.name());
        appendMember(out, "datatype", output.datatype());
        appendShape(out, output.shape());
        if (form.isBinary(output.name())) {
            binary = true;
            appendParameters(out, output.parameters(), raw.size());
        } else {
            appendParameters(out, output.parameters(), std::nullopt);
            out += R"(,"data":[)";
            if (Status status = appendData(out, raw, output); !status.ok()) return status;
            out += ']';
        }
        out += '}';
    }
    out += "]}";
    if (!binary) return answer;
    answer.jsonBytes = out.size();
    for (int i = 0; i < response.outputs_size(); ++i)
        if (form.isBinary(response.outputs(i).name())) out += response.raw_output_contents(i);
    return answer;
}

std::string kserveWords(const Status& status)
{
    const auto field = fieldOf(status);
    if (!field || field->empty()) return text(status);
    return *field + ": " + text(status);
}

std::string kserveError(const Status& status)
{
    std::string out = R"({"error":)";
    appendQuoted(out, washed(kserveWords(status), kMessageBytesMax));
    return out + "}";
}

std::string kserveMetadata(const inference::ModelMetadataResponse& metadata)
{
    std::string out = R"({"name":)";
    appendQuoted(out, metadata.name());
    out += R"(,"versions":[)";
    for (int i = 0; i < metadata.versions_size(); ++i) {
        if (i) out += ',';
        appendQuoted(out, metadata.versions(i));
    }
    out += ']';
    appendMember(out, "platform", metadata.platform());
    appendTensors(out, "inputs", metadata.inputs());
    appendTensors(out, "outputs", metadata.outputs());
    return out + "}";
}

std::string kserveConfig(const inference::ModelMetadataResponse& metadata, std::uint32_t rowsMax)
{
    std::string out = R"({"name":)";
    appendQuoted(out, metadata.name());
    appendMember(out, "platform", metadata.platform());
    out += R"(,"version_policy":{"latest":{"num_versions":1}},"max_batch_size":)" + std::to_string(rowsMax);
    const auto appendAll = [&](const char* key, const auto& tensors) {
        out += std::string(",\"") + key + "\":[";
        bool first = true;
        for (const auto& tensor : tensors) {
            out += std::exchange(first, false) ? R"({"name":)" : R"(,{"name":)";
            appendQuoted(out, tensor.name());
            appendMember(out, "data_type",
                         "TYPE_" + (tensor.datatype() == "BYTES" ? std::string("STRING") : tensor.datatype()));
            out += R"(,"dims":[)";
            // With max_batch_size, shapes omit the batch axis (Triton, "Model Configuration").
            const bool batched = rowsMax > 0 && tensor.shape_size() > 0 && tensor.shape(0) < 0;
            for (int i = batched ? 1 : 0; i < tensor.shape_size(); ++i) {
                if (out.back() != '[') out += ',';
                out += std::to_string(tensor.shape(i));
            }
            out += "]}";
        }
        out += ']';
    };
    appendAll("input", metadata.inputs());
    appendAll("output", metadata.outputs());
    return out + "}";
}

std::string kserveStatistics(const inference::ModelStatisticsResponse& statistics)
{
    std::string out = R"({"model_stats":[)";
    const auto number = [&](const char* key, std::uint64_t value) {
        out += std::string(",\"") + key + "\":" + std::to_string(value);
    };
    const auto duration = [&](const char* key, const inference::StatisticDuration& value) {
        out += std::string(out.back() == '{' ? "\"" : ",\"") + key + R"(":{"count":)" + std::to_string(value.count());
        number("ns", value.ns());
        out += '}';
    };
    for (const auto& model : statistics.model_stats()) {
        out += out.back() == '[' ? R"({"name":)" : R"(,{"name":)";
        appendQuoted(out, model.name());
        appendMember(out, "version", model.version());
        number("last_inference", model.last_inference());
        number("inference_count", model.inference_count());
        number("execution_count", model.execution_count());
        out += R"(,"inference_stats":{)";
        const auto& stats = model.inference_stats();
        duration("success", stats.success());
        duration("fail", stats.fail());
        duration("queue", stats.queue());
        duration("compute_input", stats.compute_input());
        duration("compute_infer", stats.compute_infer());
        duration("compute_output", stats.compute_output());
        out += R"(},"batch_stats":[],"memory_usage":[)";
        for (const auto& memory : model.memory_usage()) {
            out += out.back() == '[' ? R"({"type":)" : R"(,{"type":)";
            appendQuoted(out, memory.type());
            out += R"(,"id":)" + std::to_string(memory.id());
            number("byte_size", memory.byte_size());
            out += '}';
        }
        out += "]}";
    }
    return out + "]}";
}

Status checkProcessor()
{
#if defined(__x86_64__)
    // Not in kserve_read.cpp, all of which is compiled for such a processor.
    if (!__builtin_cpu_supports("sse4.2") || !__builtin_cpu_supports("pclmul"))
        return failedPrecondition("this processor lacks SSE 4.2 and PCLMUL (x86-64-v2), which the engine requires");
#endif
    return absl::OkStatus();
}

const char* kserveState(load::ModelState state)
{
    switch (state) {
        case load::ModelState::Warm:
            return "READY";
        case load::ModelState::Queued:
        case load::ModelState::Loading:
            return "LOADING";
        case load::ModelState::Unloading:
            return "UNLOADING";
        case load::ModelState::Cold:
        case load::ModelState::Failed:
            break;
    }
    return "UNAVAILABLE";
}

std::string kserveIndex(const std::vector<serve::ModelEntry>& models, bool onlyReady)
{
    std::string out = "[";
    for (const auto& model : models) {
        const std::string_view state = kserveState(model.state);
        if (onlyReady && state != "READY") continue;
        if (out.size() > 1) out += ',';
        out += R"({"name":)";
        appendQuoted(out, model.name);
        appendMember(out, "version", "1");
        appendMember(out, "state", state);
        // A model that is not in memory is loaded on request, and so is available.
        appendMember(out, "reason", model.state == load::ModelState::Warm ? "" : load::name(model.state));
        out += '}';
    }
    return out + "]";
}

}  // namespace millrace::front
