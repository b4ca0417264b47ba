// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/kserve_read.h"

#include "backend/tensor.h"
#include "backend/tensor_message.h"
#include "front/json_fields.h"
#include "front/json_scan.h"
#include "front/json_tensor.h"
#include "front/json_text.h"
#include "inference.pb.h"
#include "serve/model_name.h"

#include <simdjson.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <unordered_set>

namespace millrace::front {

namespace {

using namespace std::string_view_literals;
using Input = inference::ModelInferRequest::InferInputTensor;
using Parameters = google::protobuf::Map<std::string, inference::InferParameter>;

constexpr std::size_t kKeptBytesMax = 1u << 20;  // larger parsers are not kept

// ---- parameters ----

Status readParameter(json::value value, const std::string& field, inference::InferParameter& out)
{
    json::json_type type{};
    if (const auto error = value.type().get(type)) return wrong(error, field, "a value");
    if (type == json::json_type::string) {
        std::string_view text;
        if (const auto error = value.get_string().get(text)) return wrong(error, field, "a string");
        out.set_string_param(text.data(), text.size());
        return absl::OkStatus();
    }
    if (type == json::json_type::boolean) {
        bool on = false;
        if (const auto error = value.get_bool().get(on)) return wrong(error, field, "true or false");
        out.set_bool_param(on);
        return absl::OkStatus();
    }
    if (type == json::json_type::number) {
        json::number number;
        if (const auto error = value.get_number().get(number)) return wrong(error, field, "a number");
        if (number.is_int64())
            out.set_int64_param(number.get_int64());
        else if (number.is_uint64())
            out.set_uint64_param(number.get_uint64());
        else
            out.set_double_param(number.get_double());
        return absl::OkStatus();
    }
    return at(field, "must be a string, a number, true or false");
}

/// Calls `take(key, value, field)` first; true: a parameter of the transport, which is not stored.
template <typename Take>
Status readParameters(json::value value, const std::string& field, Parameters* out, Take take)
{
    if (isNull(value)) return absl::OkStatus();
    json::object object;
    if (const auto error = value.get_object().get(object)) return wrong(error, field, "an object");
    std::unordered_set<std::string> met;
    for (auto entry : object) {
        std::string_view key;
        json::value inner;
        if (const auto error = entry.unescaped_key().get(key)) return wrong(error, field, "an object");
        const std::string place = field + "." + std::string(key);
        if (const auto error = entry.value().get(inner)) return wrong(error, place, "a value");
        const std::string name(key);
        if (!met.insert(name).second) return at(place, "is specified twice");
        if (met.size() > backend::kParametersMax)
            return at(field, "has more than " + std::to_string(backend::kParametersMax) + " parameters");
        inference::InferParameter parameter;
        if (Status status = readParameter(inner, place, parameter); !status.ok()) return status;
        bool taken = false;
        if (Status status = take(name, parameter, place, taken); !status.ok()) return status;
        if (!taken && out) (*out)[name] = std::move(parameter);
    }
    return absl::OkStatus();
}

Status takeFlag(const inference::InferParameter& parameter, const std::string& field, bool& out)
{
    if (parameter.parameter_choice_case() != inference::InferParameter::kBoolParam)
        return at(field, "must be true or false");
    out = parameter.bool_param();
    return absl::OkStatus();
}

// ---- inputs and outputs ----

struct Words {
    std::string datatype;
    std::vector<std::int64_t> shape;
    bool hasShape = false, hasData = false, dataRead = false;
    std::optional<std::uint64_t> binaryBytes;
};

Status readShape(json::value value, const std::string& field, Words& words)
{
    json::array axes;
    if (const auto error = value.get_array().get(axes)) return wrong(error, field, "an array of whole numbers");
    for (auto item : axes) {
        std::int64_t axis = 0;
        if (const auto error = item.get_int64().get(axis)) return wrong(error, field, "an array of whole numbers");
        if (axis < 0) return at(field, "an axis must not be negative");
        if (words.shape.size() == kAxesMax) return at(field, "has too many axes");
        words.shape.push_back(axis);
    }
    words.hasShape = true;
    if (!backend::elementCount(words.shape))
        return at(field, backend::describeShape(words.shape) + " has too many elements");
    return absl::OkStatus();
}

Status checkDatatype(const std::string& place, const Words& words)
{
    if (words.datatype.empty()) return at(place + ".datatype", "is missing");
    if (!backend::elementBytes(words.datatype)) return at(place + ".datatype", "unknown datatype " + words.datatype);
    if (!words.hasShape) return at(place + ".shape", "is missing");
    return absl::OkStatus();
}

/// Calls `take(key, value)` for each member; duplicates of known keys are errors.
template <typename Take>
Status eachMember(json::object& object, const std::string& place, std::span<const std::string_view> known, Take take)
{
    Once once(known);
    for (auto entry : object) {
        std::string_view key;
        json::value inner;
        if (const auto error = entry.unescaped_key().get(key)) return wrong(error, place, "an object");
        if (const auto error = entry.value().get(inner)) return wrong(error, place, "an object");
        if (Status status = once.met(key, place); !status.ok()) return status;
        if (Status status = take(key, inner); !status.ok()) return status;
    }
    return absl::OkStatus();
}

Status readText(json::value value, const std::string& field, std::string& out)
{
    std::string_view text;
    if (const auto error = value.get_string().get(text)) return wrong(error, field, "a string");
    out.assign(text);
    return absl::OkStatus();
}

Status readInput(json::value value, const std::string& place, Input* input, Words& words, std::string& raw)
{
    json::object object;
    if (const auto error = value.get_object().get(object)) return wrong(error, place, "an object");
    static constexpr std::array kKeys = {"name"sv, "datatype"sv, "shape"sv, "parameters"sv, "data"sv};
    const auto keep = [&](std::string_view key, json::value inner) -> Status {
        if (key == "name") return readText(inner, place + ".name", *input->mutable_name());
        if (key == "datatype") return readText(inner, place + ".datatype", words.datatype);
        if (key == "shape") return readShape(inner, place + ".shape", words);
        if (key == "parameters") {
            const auto take = [&](const std::string& name, const inference::InferParameter& parameter,
                                  const std::string& field, bool& taken) -> Status {
                if (name != "binary_data_size") return absl::OkStatus();
                taken = true;
                if (parameter.parameter_choice_case() != inference::InferParameter::kInt64Param ||
                    parameter.int64_param() < 0)
                    return at(field, "must be a whole number of bytes");
                words.binaryBytes = static_cast<std::uint64_t>(parameter.int64_param());
                return absl::OkStatus();
            };
            return readParameters(inner, place + ".parameters", input->mutable_parameters(), take);
        }
        if (key != "data") return absl::OkStatus();
        words.hasData = true;
        // Datatype and shape usually precede the data; otherwise it is parsed again below.
        if (words.datatype.empty() || !words.hasShape || !checkDatatype(place, words).ok()) return absl::OkStatus();
        words.dataRead = true;
        return readTensorData(inner, place + ".data", words.datatype, words.shape, raw);
    };
    if (Status status = eachMember(object, place, kKeys, keep); !status.ok()) return status;
    if (input->name().empty()) return at(place + ".name", "is missing");
    if (Status status = checkDatatype(place, words); !status.ok()) return status;
    if (words.hasData && words.binaryBytes)
        return at(place, "has both data and parameters.binary_data_size; exactly one is expected");
    if (words.hasData && !words.dataRead) {
        json::value data;
        if (const auto error = object.reset().error()) return wrong(error, place, "an object");
        if (const auto error = object.find_field("data").get(data)) return wrong(error, place + ".data", "an array");
        if (Status status = readTensorData(data, place + ".data", words.datatype, words.shape, raw); !status.ok())
            return status;
    }
    if (!words.hasData && !words.binaryBytes) return at(place + ".data", "is missing");
    input->set_datatype(words.datatype);
    input->mutable_shape()->Add(words.shape.begin(), words.shape.end());
    return absl::OkStatus();
}

Status readOutput(json::value value, const std::string& place, InferCall& call)
{
    json::object object;
    if (const auto error = value.get_object().get(object)) return wrong(error, place, "an object");
    auto* output = call.request->add_outputs();
    std::optional<bool> binary;
    static constexpr std::array kKeys = {"name"sv, "parameters"sv};
    const auto keep = [&](std::string_view key, json::value inner) -> Status {
        if (key == "name") return readText(inner, place + ".name", *output->mutable_name());
        if (key != "parameters") return absl::OkStatus();
        const auto take = [&](const std::string& name, const inference::InferParameter& parameter,
                              const std::string& field, bool& taken) -> Status {
            if (name != "binary_data") return absl::OkStatus();
            taken = true;
            bool on = false;
            Status status = takeFlag(parameter, field, on);
            if (status.ok()) binary = on;
            return status;
        };
        return readParameters(inner, place + ".parameters", output->mutable_parameters(), take);
    };
    if (Status status = eachMember(object, place, kKeys, keep); !status.ok()) return status;
    if (output->name().empty()) return at(place + ".name", "is missing");
    if (binary) call.form.named[output->name()] = *binary;
    return absl::OkStatus();
}

struct Reading {
    InferCall call;
    std::vector<Words> words;
    std::vector<std::string> raw;
    bool hasInputs = false;
};

Status readInputs(json::value value, Reading& reading)
{
    json::array array;
    if (const auto error = value.get_array().get(array)) return wrong(error, "inputs", "an array");
    reading.hasInputs = true;
    for (auto item : array) {
        const std::string place = "inputs[" + std::to_string(reading.words.size()) + "]";
        if (reading.words.size() == backend::kTensorsMax) return at("inputs", "has too many tensors");
        json::value inner;
        if (const auto error = item.get(inner)) return wrong(error, place, "an object");
        Words words;
        std::string raw;
        Status status = readInput(inner, place, reading.call.request->add_inputs(), words, raw);
        if (!status.ok()) return status;
        reading.words.push_back(std::move(words));
        reading.raw.push_back(std::move(raw));
    }
    return absl::OkStatus();
}

Status readOutputs(json::value value, Reading& reading)
{
    if (isNull(value)) return absl::OkStatus();
    json::array array;
    if (const auto error = value.get_array().get(array)) return wrong(error, "outputs", "an array");
    int index = 0;
    for (auto item : array) {
        const std::string place = "outputs[" + std::to_string(index) + "]";
        if (++index > backend::kTensorsMax) return at("outputs", "has too many tensors");
        json::value inner;
        if (const auto error = item.get(inner)) return wrong(error, place, "an object");
        if (Status status = readOutput(inner, place, reading.call); !status.ok()) return status;
    }
    return absl::OkStatus();
}

Status readRoot(json::document& document, Reading& reading)
{
    json::object root;
    if (const auto error = document.get_object().get(root))
        return isSyntax(error) ? invalidArgument("request body is not valid JSON")
                               : invalidArgument("request body must be a JSON object");
    auto& request = *reading.call.request;
    static constexpr std::array kKeys = {"inputs"sv, "outputs"sv, "id"sv, "parameters"sv};
    Once once(kKeys);
    for (auto entry : root) {
        std::string_view key;
        json::value value;
        if (const auto error = entry.unescaped_key().get(key)) return wrong(error, "", "an object");
        if (const auto error = entry.value().get(value)) return wrong(error, std::string(key), "a value");
        Status status = once.met(key, "");
        if (!status.ok()) return status;
        if (key == "inputs") {
            status = readInputs(value, reading);
        } else if (key == "outputs") {
            status = readOutputs(value, reading);
        } else if (key == "id" && !isNull(value)) {
            std::string_view id;
            if (const auto error = value.get_string().get(id)) return wrong(error, "id", "a string");
            if (!id.empty())
                if (Status wrongId = serve::checkName(id, "id"); !wrongId.ok()) return wrongId;
            request.set_id(id.data(), id.size());
        } else if (key == "parameters") {
            const auto take = [&](const std::string& name, const inference::InferParameter& parameter,
                                  const std::string& field, bool& taken) -> Status {
                if (name != "binary_data_output") return absl::OkStatus();
                taken = true;
                return takeFlag(parameter, field, reading.call.form.binary);
            };
            status = readParameters(value, "parameters", request.mutable_parameters(), take);
        }
        if (!status.ok()) return status;
    }
    // A position means that something follows the object.
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        return invalidArgument("request body is not valid JSON");
    if (!reading.hasInputs || reading.words.empty()) return at("inputs", "is missing: at least one tensor is expected");
    return absl::OkStatus();
}

/// Assigns the bytes after the JSON to the inputs in order; the sizes must add up.
Status readBinary(Reading& reading, std::string_view tail, bool extension)
{
    std::size_t used = 0;
    for (std::size_t i = 0; i < reading.words.size(); ++i) {
        const auto& bytes = reading.words[i].binaryBytes;
        if (!bytes) continue;
        const std::string field = "inputs[" + std::to_string(i) + "].parameters.binary_data_size";
        if (!extension) return at(field, "is set, but the request has no Inference-Header-Content-Length");
        if (*bytes > tail.size() - used)
            return at(field, "is " + std::to_string(*bytes) + " bytes; " + std::to_string(tail.size() - used) +
                                 " remain in the body");
        reading.raw[i].assign(tail.substr(used, static_cast<std::size_t>(*bytes)));
        used += static_cast<std::size_t>(*bytes);
    }
    if (used != tail.size())
        return invalidArgument("request body has " + std::to_string(tail.size() - used) +
                               " more bytes after its JSON than the binary_data_size of the inputs");
    return absl::OkStatus();
}

/// Checks that binary data matches datatype and shape; JSON data was checked while parsing.
Status checkRaw(const Reading& reading)
{
    for (std::size_t i = 0; i < reading.words.size(); ++i) {
        const Words& words = reading.words[i];
        if (!words.binaryBytes) continue;
        const std::string field = "inputs[" + std::to_string(i) + "].parameters.binary_data_size";
        const std::uint64_t elements = *backend::elementCount(words.shape);
        const std::size_t width = *backend::elementBytes(words.datatype);
        if (width == 0) {
            auto split = backend::bytesElements(reading.raw[i]);
            if (!split.ok()) return withField(split.status(), field);
            if (split->size() != elements)
                return at(field, std::to_string(split->size()) + " BYTES elements given; shape " +
                                     backend::describeShape(words.shape) + " has " + std::to_string(elements));
        } else if (elements > reading.raw[i].size() / width || elements * width != reading.raw[i].size()) {
            return at(field, std::to_string(reading.raw[i].size()) + " bytes given; " + words.datatype + " " +
                                 backend::describeShape(words.shape) + " has " + std::to_string(elements) +
                                 " elements of " + std::to_string(width) + " bytes");
        }
    }
    return absl::OkStatus();
}

}  // namespace

StatusOr<InferCall> readInfer(std::string& body, std::optional<std::size_t> jsonBytes)
{
    std::size_t length = jsonBytes.value_or(body.size());
    if (length > body.size())
        return invalidArgument("Inference-Header-Content-Length is " + std::to_string(length) +
                               " bytes; the body has " + std::to_string(body.size()));
    const std::size_t mark = byteOrderMark(std::string_view(body).substr(0, length));
    length -= mark;
    if (length == 0) return invalidArgument("request body contains no JSON; a JSON object with inputs is expected");
    // simdjson reads up to its padding beyond the end, and ignores that.
    body.reserve(std::max(body.size(), mark + length + simdjson::SIMDJSON_PADDING));

    thread_local json::parser kept;
    json::parser large;
    json::parser& parser = length > kKeptBytesMax ? large : kept;
    Reading reading;
    reading.call.request = std::make_unique<inference::ModelInferRequest>();
    const std::string_view text(body.data() + mark, length);
    json::document document;
    Status status;
    if (const auto error =
            parser.iterate(simdjson::padded_string_view(text, length + simdjson::SIMDJSON_PADDING)).get(document))
        status = invalidArgument(simdjson::error_message(error));
    else
        status = readRoot(document, reading);
    if (!status.ok()) {
        // A syntax error anywhere takes precedence, with its position.
        if (const auto problem = jsonProblem(text))
            return invalidArgument("request body is not valid JSON: " + *problem);
        return status;
    }
    status = readBinary(reading, std::string_view(body).substr(mark + length), jsonBytes.has_value());
    if (status.ok()) status = checkRaw(reading);
    if (!status.ok()) return status;

    auto* raw = reading.call.request->mutable_raw_input_contents();
    raw->Reserve(static_cast<int>(reading.raw.size()));
    for (auto& bytes : reading.raw) *raw->Add() = std::move(bytes);
    return std::move(reading.call);
}

StatusOr<bool> readIndexRequest(std::string& body)
{
    body.erase(0, byteOrderMark(body));
    if (body.find_first_not_of(" \t\r\n") == std::string::npos) return false;
    if (const auto problem = jsonProblem(body)) return invalidArgument("request body is not valid JSON: " + *problem);
    body.reserve(body.size() + simdjson::SIMDJSON_PADDING);
    json::parser parser;
    json::document document;
    json::object root;
    if (parser.iterate(simdjson::padded_string_view(body, body.capacity())).get(document) ||
        document.get_object().get(root))
        return invalidArgument("request body must be a JSON object");
    json::value value;
    const auto missing = root.find_field_unordered("ready").get(value);
    if (missing == simdjson::NO_SUCH_FIELD) return false;
    bool ready = false;
    if (missing || value.get_bool().get(ready)) return at("ready", "must be true or false");
    return ready;
}

}  // namespace millrace::front
