// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/tensor_message.h"

#include "backend/tensor.h"
#include "inference.pb.h"

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>
#include <vector>

namespace millrace::backend {

namespace {

std::string indexed(const char* list, int index)
{
    return std::string(list) + "[" + std::to_string(index) + "]";
}

/// Where a tensor stands; written out for an error only.
struct Place {
    const char* list;     ///< "inputs" or "outputs"
    const char* rawList;  ///< "raw_input_contents" …
    int index;
    std::string field(const char* name) const { return indexed(list, index) + name; }
    std::string raw() const { return indexed(rawList, index); }
};

/// One tensor of a request or answer.
template <typename Tensor>
Status normaliseTensor(const Tensor& tensor, const Place& place, const std::string* raw, std::string* converted)
{
    const Datatype* datatype = findDatatype(tensor.datatype());
    if (!datatype) return withField(unknownDatatype(tensor.datatype()), place.field(".datatype"));
    const std::span<const std::int64_t> shape(tensor.shape().data(), static_cast<std::size_t>(tensor.shape_size()));
    const auto elements = elementCount(shape);
    if (!elements) {
        return withField(invalidArgument("shape " + describeShape(shape) + " has a negative axis or too many elements"),
                         place.field(".shape"));
    }
    if (!raw) {
        auto typed = toRaw(tensor.datatype(), tensor.contents());
        if (!typed.ok()) return withField(typed.status(), place.field(".contents"));
        *converted = *std::move(typed);
        raw = converted;
    }
    if (Status status = checkContents(*datatype, *elements, shape, *raw); !status.ok())
        return withField(std::move(status), raw == converted ? place.field(".contents") : place.raw());
    return absl::OkStatus();
}

/// Whether a tensor before number `index` has its name: most requests have one or two.
template <typename Tensors>
bool isRepeated(const Tensors& tensors, int index, std::unordered_set<std::string_view>& names)
{
    constexpr int kFew = 8;
    const std::string& name = tensors.Get(index).name();
    if (tensors.size() > kFew) return !names.insert(name).second;
    for (int i = 0; i < index; ++i)
        if (tensors.Get(i).name() == name) return true;
    return false;
}

template <typename Tensors>
Status normalise(Tensors* tensors, google::protobuf::RepeatedPtrField<std::string>* raw, const char* list,
                 const char* rawList)
{
    const bool isRaw = !raw->empty();
    if (isRaw && raw->size() != tensors->size()) {
        return withField(invalidArgument(std::to_string(raw->size()) + " raw contents for " +
                                         std::to_string(tensors->size()) + " " + list),
                         rawList);
    }
    std::unordered_set<std::string_view> names;
    std::vector<std::string> converted(isRaw ? 0 : static_cast<std::size_t>(tensors->size()));
    for (int i = 0; i < tensors->size(); ++i) {
        const auto& tensor = tensors->Get(i);
        const Place place{list, rawList, i};
        if (tensor.name().empty()) return withField(invalidArgument("the tensor has no name"), place.field(".name"));
        if (isRepeated(*tensors, i, names)) {
            return withField(invalidArgument("there are two tensors named \"" + tensor.name() + "\""),
                             place.field(".name"));
        }
        if (isRaw && tensor.has_contents() && hasTyped(tensor.contents())) {
            return withField(
                invalidArgument("typed contents together with raw contents; use one of the two for all tensors"),
                place.field(".contents"));
        }
        Status status = normaliseTensor(tensor, place, isRaw ? &raw->Get(i) : nullptr,
                                        isRaw ? nullptr : &converted[static_cast<std::size_t>(i)]);
        if (!status.ok()) return status;
    }
    for (auto& tensor : *tensors)
        if (tensor.has_contents()) tensor.clear_contents();
    raw->Reserve(tensors->size());
    for (std::string& bytes : converted) *raw->Add() = std::move(bytes);
    return absl::OkStatus();
}

/// More of them would cost more than what they say is worth, at every station of the request.
Status checkCounts(const inference::ModelInferRequest& request)
{
    const auto tooMany = [](const std::string& field, std::size_t has, std::size_t most) {
        return withField(
            invalidArgument("has " + std::to_string(has) + ", at most " + std::to_string(most) + " are accepted"),
            field);
    };
    if (request.parameters().size() > kParametersMax)
        return tooMany("parameters", request.parameters().size(), kParametersMax);
    const auto check = [&](const char* list, const auto& tensors) -> Status {
        if (tensors.size() > kTensorsMax)
            return tooMany(list, static_cast<std::size_t>(tensors.size()), static_cast<std::size_t>(kTensorsMax));
        for (int i = 0; i < tensors.size(); ++i)
            if (tensors[i].parameters().size() > kParametersMax)
                return tooMany(std::string(list) + "[" + std::to_string(i) + "].parameters",
                               tensors[i].parameters().size(), kParametersMax);
        return absl::OkStatus();
    };
    if (Status status = check("inputs", request.inputs()); !status.ok()) return status;
    return check("outputs", request.outputs());
}

/// What an answer would silently be without.
Status refuseUnoffered(const inference::ModelInferRequest& request)
{
    const auto refuse = [](const char* list, int index, const char* parameter, const char* words) {
        return withField(invalidArgument(words),
                         std::string(list) + "[" + std::to_string(index) + "].parameters." + parameter);
    };
    constexpr const char* kSharedMemory = "shared_memory_region";
    constexpr const char* kNoSharedMemory =
        "shared memory is not supported; send and receive tensor contents in the messages";
    constexpr const char* kClassification = "classification";
    for (int i = 0; i < request.inputs_size(); ++i) {
        const auto& parameters = request.inputs(i).parameters();
        if (!parameters.empty() && parameters.contains(kSharedMemory))
            return refuse("inputs", i, kSharedMemory, kNoSharedMemory);
    }
    for (int i = 0; i < request.outputs_size(); ++i) {
        const auto& parameters = request.outputs(i).parameters();
        if (parameters.empty()) continue;
        if (parameters.contains(kSharedMemory)) return refuse("outputs", i, kSharedMemory, kNoSharedMemory);
        if (parameters.contains(kClassification))
            return refuse("outputs", i, kClassification, "is not supported; request the scores and select from them");
    }
    return absl::OkStatus();
}

}  // namespace

Status normaliseRequest(inference::ModelInferRequest* request)
{
    if (Status status = checkCounts(*request); !status.ok()) return status;
    if (Status status = refuseUnoffered(*request); !status.ok()) return status;
    return normalise(request->mutable_inputs(), request->mutable_raw_input_contents(), "inputs", "raw_input_contents");
}

Status normaliseResponse(inference::ModelInferResponse* response)
{
    Status status = normalise(response->mutable_outputs(), response->mutable_raw_output_contents(), "outputs",
                              "raw_output_contents");
    if (status.ok()) return status;
    // The client asked well: a backend that answers badly must not look like a client's fault.
    return internal("the backend's answer is malformed at " + fieldOf(status).value_or("outputs") + ": " +
                    text(status));
}

}  // namespace millrace::backend
