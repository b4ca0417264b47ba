// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/tensor.h"

#include "inference.pb.h"

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <unordered_set>
#include <utility>

namespace millrace::backend {

namespace {

static_assert(std::endian::native == std::endian::little, "raw contents are little-endian and copied as they are");

/// The lists of InferTensorContents; each datatype has one of them.
enum class List { None, Bool, Int, Int64, Uint, Uint64, Fp32, Fp64, Bytes };

struct Datatype {
    std::string_view name;
    std::size_t bytes;  ///< 0: variable
    List list;          ///< None: no typed form
};

constexpr std::array<Datatype, 14> kDatatypes{{
    {"BOOL", 1, List::Bool},
    {"UINT8", 1, List::Uint},
    {"UINT16", 2, List::Uint},
    {"UINT32", 4, List::Uint},
    {"UINT64", 8, List::Uint64},
    {"INT8", 1, List::Int},
    {"INT16", 2, List::Int},
    {"INT32", 4, List::Int},
    {"INT64", 8, List::Int64},
    {"FP16", 2, List::None},
    {"BF16", 2, List::None},
    {"FP32", 4, List::Fp32},
    {"FP64", 8, List::Fp64},
    {"BYTES", 0, List::Bytes},
}};

constexpr std::size_t kLengthBytes = 4;

const Datatype* find(std::string_view name)
{
    for (const Datatype& datatype : kDatatypes) {
        if (datatype.name == name) return &datatype;
    }
    return nullptr;
}

Status unknownDatatype(std::string_view name)
{
    std::string known;
    for (const Datatype& datatype : kDatatypes) known.append(known.empty() ? "" : ", ").append(datatype.name);
    return withField(invalidArgument("unknown datatype \"" + std::string(name) + "\"; supported are " + known),
                     "datatype");
}

const char* nameOf(List list)
{
    switch (list) {
        case List::None:
            break;
        case List::Bool:
            return "bool_contents";
        case List::Int:
            return "int_contents";
        case List::Int64:
            return "int64_contents";
        case List::Uint:
            return "uint_contents";
        case List::Uint64:
            return "uint64_contents";
        case List::Fp32:
            return "fp32_contents";
        case List::Fp64:
            return "fp64_contents";
        case List::Bytes:
            return "bytes_contents";
    }
    return "";
}

/// The first filled list that is not `wanted`; None when there is none.
List otherFilled(const inference::InferTensorContents& contents, List wanted)
{
    const std::array<std::pair<List, int>, 8> sizes{{
        {List::Bool, contents.bool_contents_size()},
        {List::Int, contents.int_contents_size()},
        {List::Int64, contents.int64_contents_size()},
        {List::Uint, contents.uint_contents_size()},
        {List::Uint64, contents.uint64_contents_size()},
        {List::Fp32, contents.fp32_contents_size()},
        {List::Fp64, contents.fp64_contents_size()},
        {List::Bytes, contents.bytes_contents_size()},
    }};
    for (const auto& [list, size] : sizes) {
        if (list != wanted && size > 0) return list;
    }
    return List::None;
}

template <typename Values>
std::string copied(const Values& values)
{
    using Value = std::remove_cvref_t<decltype(*values.data())>;
    return std::string(reinterpret_cast<const char*>(values.data()),
                       static_cast<std::size_t>(values.size()) * sizeof(Value));
}

template <typename Narrow, typename Values>
StatusOr<std::string> narrowed(std::string_view datatype, const char* list, const Values& values)
{
    if constexpr (sizeof(Narrow) == sizeof(*values.data())) {
        return copied(values);
    } else {
        std::string raw(static_cast<std::size_t>(values.size()) * sizeof(Narrow), '\0');
        char* out = raw.data();
        for (int i = 0; i < values.size(); ++i, out += sizeof(Narrow)) {
            const auto value = values.Get(i);
            if (!std::in_range<Narrow>(value)) {
                return withField(invalidArgument(std::string(list) + "[" + std::to_string(i) + "] = " +
                                                 std::to_string(value) + " does not fit " + std::string(datatype)),
                                 "contents");
            }
            const auto narrow = static_cast<Narrow>(value);
            std::memcpy(out, &narrow, sizeof narrow);
        }
        return raw;
    }
}

StatusOr<std::string> framed(const google::protobuf::RepeatedPtrField<std::string>& elements)
{
    std::size_t bytes = 0;
    for (const std::string& element : elements) {
        if (element.size() > std::numeric_limits<std::uint32_t>::max())
            return withField(invalidArgument("an element of bytes_contents is longer than 4 GiB"), "contents");
        bytes += kLengthBytes + element.size();
    }
    std::string raw;
    raw.reserve(bytes);
    for (const std::string& element : elements) {
        const auto length = static_cast<std::uint32_t>(element.size());
        raw.append(reinterpret_cast<const char*>(&length), sizeof length);
        raw.append(element);
    }
    return raw;
}

template <typename Narrow, typename Values>
void widen(std::string_view raw, Values* values)
{
    const std::size_t count = raw.size() / sizeof(Narrow);
    values->Reserve(static_cast<int>(count));
    for (std::size_t i = 0; i < count; ++i) {
        Narrow value;
        std::memcpy(&value, raw.data() + i * sizeof(Narrow), sizeof value);
        values->Add(value);
    }
}

/// Walks BYTES raw contents; calls `element(begin, length)` for each. False when lengths do not add up.
template <typename Visit>
Status walkBytes(std::string_view raw, Visit visit)
{
    std::size_t at = 0;
    while (at < raw.size()) {
        std::uint32_t length = 0;
        if (raw.size() - at < kLengthBytes) {
            return invalidArgument("BYTES contents end inside a length, at byte " + std::to_string(at) + " of " +
                                   std::to_string(raw.size()));
        }
        std::memcpy(&length, raw.data() + at, sizeof length);
        if (raw.size() - at - kLengthBytes < length) {
            return invalidArgument("a BYTES element at byte " + std::to_string(at) + " declares a length of " +
                                   std::to_string(length) + " bytes, " +
                                   std::to_string(raw.size() - at - kLengthBytes) + " are left");
        }
        visit(at, length);
        at += kLengthBytes + length;
    }
    return absl::OkStatus();
}

std::string describe(std::span<const std::int64_t> shape)
{
    std::string text = "[";
    for (const std::int64_t axis : shape) text.append(text.size() > 1 ? "," : "").append(std::to_string(axis));
    return text + "]";
}

/// That `raw` is what datatype and shape say.
Status checkSize(const Datatype& datatype, std::uint64_t elements, std::span<const std::int64_t> shape,
                 std::string_view raw)
{
    if (datatype.bytes != 0) {
        if (elements > std::numeric_limits<std::uint64_t>::max() / datatype.bytes ||
            raw.size() != elements * datatype.bytes) {
            return invalidArgument(std::to_string(raw.size()) + " bytes given; " + std::string(datatype.name) + " " +
                                   describe(shape) + " has " + std::to_string(elements) + " elements of " +
                                   std::to_string(datatype.bytes) + " bytes");
        }
        return absl::OkStatus();
    }
    std::uint64_t counted = 0;
    if (Status status = walkBytes(raw, [&](std::size_t, std::uint32_t) { ++counted; }); !status.ok()) return status;
    if (counted != elements) {
        return invalidArgument(std::to_string(counted) + " BYTES elements given; " + describe(shape) + " has " +
                               std::to_string(elements));
    }
    return absl::OkStatus();
}

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
Status normaliseTensor(const Tensor& tensor, const Place& place, const std::string* raw, std::string* made)
{
    const Datatype* datatype = find(tensor.datatype());
    if (!datatype) return withField(unknownDatatype(tensor.datatype()), place.field(".datatype"));
    const std::span<const std::int64_t> shape(tensor.shape().data(), static_cast<std::size_t>(tensor.shape_size()));
    const auto elements = elementCount(shape);
    if (!elements) {
        return withField(invalidArgument("shape " + describe(shape) + " has a negative axis or too many elements"),
                         place.field(".shape"));
    }
    if (!raw) {
        auto typed = toRaw(tensor.datatype(), tensor.contents());
        if (!typed.ok()) return withField(typed.status(), place.field(".contents"));
        *made = *std::move(typed);
        raw = made;
    }
    if (Status status = checkSize(*datatype, *elements, shape, *raw); !status.ok())
        return withField(std::move(status), raw == made ? place.field(".contents") : place.raw());
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
    const bool given = !raw->empty();
    if (given && raw->size() != tensors->size()) {
        return withField(invalidArgument(std::to_string(raw->size()) + " raw contents for " +
                                         std::to_string(tensors->size()) + " " + list),
                         rawList);
    }
    std::unordered_set<std::string_view> names;
    std::vector<std::string> made(given ? 0 : static_cast<std::size_t>(tensors->size()));
    for (int i = 0; i < tensors->size(); ++i) {
        const auto& tensor = tensors->Get(i);
        const Place place{list, rawList, i};
        if (tensor.name().empty()) return withField(invalidArgument("the tensor has no name"), place.field(".name"));
        if (isRepeated(*tensors, i, names)) {
            return withField(invalidArgument("there are two tensors named \"" + tensor.name() + "\""),
                             place.field(".name"));
        }
        if (given && tensor.has_contents() && otherFilled(tensor.contents(), List::None) != List::None) {
            return withField(
                invalidArgument("typed contents together with raw contents; use one of the two for all tensors"),
                place.field(".contents"));
        }
        Status status = normaliseTensor(tensor, place, given ? &raw->Get(i) : nullptr,
                                        given ? nullptr : &made[static_cast<std::size_t>(i)]);
        if (!status.ok()) return status;
    }
    for (auto& tensor : *tensors)
        if (tensor.has_contents()) tensor.clear_contents();
    raw->Reserve(tensors->size());
    for (std::string& bytes : made) *raw->Add() = std::move(bytes);
    return absl::OkStatus();
}

}  // namespace

std::optional<std::size_t> elementBytes(std::string_view datatype)
{
    const Datatype* found = find(datatype);
    if (!found) return std::nullopt;
    return found->bytes;
}

std::optional<std::uint64_t> elementCount(std::span<const std::int64_t> shape)
{
    // An axis of 0 makes the product 0, whatever overflow the others would have: look for it first.
    bool none = false;
    for (const std::int64_t axis : shape) {
        if (axis < 0) return std::nullopt;
        none = none || axis == 0;
    }
    if (none) return 0;
    std::uint64_t count = 1;
    for (const std::int64_t axis : shape) {
        const auto length = static_cast<std::uint64_t>(axis);
        if (count > std::numeric_limits<std::uint64_t>::max() / length) return std::nullopt;
        count *= length;
    }
    return count;
}

StatusOr<std::string> toRaw(std::string_view datatype, const inference::InferTensorContents& contents)
{
    const Datatype* found = find(datatype);
    if (!found) return unknownDatatype(datatype);
    const List other = otherFilled(contents, found->list);
    if (other != List::None) {
        const std::string wanted = found->list == List::None
                                       ? " has no typed form: send raw contents"
                                       : std::string(" belongs in ") + nameOf(found->list) + " alone";
        return withField(invalidArgument(std::string(datatype) + wanted + "; found " + nameOf(other)), "contents");
    }
    switch (found->list) {
        case List::None:
            return std::string();
        case List::Bool:
            return copied(contents.bool_contents());
        case List::Int64:
            return copied(contents.int64_contents());
        case List::Uint64:
            return copied(contents.uint64_contents());
        case List::Fp32:
            return copied(contents.fp32_contents());
        case List::Fp64:
            return copied(contents.fp64_contents());
        case List::Bytes:
            return framed(contents.bytes_contents());
        case List::Int:
            if (found->bytes == 1) return narrowed<std::int8_t>(datatype, "int_contents", contents.int_contents());
            if (found->bytes == 2) return narrowed<std::int16_t>(datatype, "int_contents", contents.int_contents());
            return copied(contents.int_contents());
        case List::Uint:
            if (found->bytes == 1) return narrowed<std::uint8_t>(datatype, "uint_contents", contents.uint_contents());
            if (found->bytes == 2) return narrowed<std::uint16_t>(datatype, "uint_contents", contents.uint_contents());
            return copied(contents.uint_contents());
    }
    return internal("a datatype without a list");
}

Status toTyped(std::string_view datatype, std::string_view raw, inference::InferTensorContents* contents)
{
    const Datatype* found = find(datatype);
    if (!found) return unknownDatatype(datatype);
    if (found->list == List::None)
        return unimplemented(std::string(datatype) + " has no typed form: read raw contents");
    if (found->bytes != 0 && raw.size() % found->bytes != 0) {
        return invalidArgument(std::to_string(raw.size()) + " bytes are not a multiple of the size of " +
                               std::string(datatype) + " elements");
    }
    contents->Clear();
    switch (found->list) {
        case List::None:
            break;
        case List::Bool:
            contents->mutable_bool_contents()->Reserve(static_cast<int>(raw.size()));
            for (const char byte : raw) contents->add_bool_contents(byte != 0);
            break;
        case List::Int:
            if (found->bytes == 1) widen<std::int8_t>(raw, contents->mutable_int_contents());
            if (found->bytes == 2) widen<std::int16_t>(raw, contents->mutable_int_contents());
            if (found->bytes == 4) widen<std::int32_t>(raw, contents->mutable_int_contents());
            break;
        case List::Uint:
            if (found->bytes == 1) widen<std::uint8_t>(raw, contents->mutable_uint_contents());
            if (found->bytes == 2) widen<std::uint16_t>(raw, contents->mutable_uint_contents());
            if (found->bytes == 4) widen<std::uint32_t>(raw, contents->mutable_uint_contents());
            break;
        case List::Int64:
            widen<std::int64_t>(raw, contents->mutable_int64_contents());
            break;
        case List::Uint64:
            widen<std::uint64_t>(raw, contents->mutable_uint64_contents());
            break;
        case List::Fp32:
            widen<float>(raw, contents->mutable_fp32_contents());
            break;
        case List::Fp64:
            widen<double>(raw, contents->mutable_fp64_contents());
            break;
        case List::Bytes:
            return walkBytes(raw, [&](std::size_t at, std::uint32_t length) {
                contents->add_bytes_contents(raw.data() + at + kLengthBytes, length);
            });
    }
    return absl::OkStatus();
}

StatusOr<std::vector<std::string_view>> bytesElements(std::string_view raw)
{
    std::vector<std::string_view> elements;
    Status status = walkBytes(
        raw, [&](std::size_t at, std::uint32_t length) { elements.push_back(raw.substr(at + kLengthBytes, length)); });
    if (!status.ok()) return status;
    return elements;
}

namespace {

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

StatusOr<std::vector<std::size_t>> rowOffsets(std::string_view datatype, const std::vector<std::int64_t>& shape,
                                              std::string_view raw)
{
    const Datatype* found = find(datatype);
    if (!found) return unknownDatatype(datatype);
    if (shape.empty()) return withField(invalidArgument("a tensor without axes has no rows"), "shape");
    const auto elements = elementCount(shape);
    if (!elements) {
        return withField(invalidArgument("shape " + describe(shape) + " has a negative axis or too many elements"),
                         "shape");
    }
    if (Status status = checkSize(*found, *elements, shape, raw); !status.ok()) return status;
    const auto rows = static_cast<std::uint64_t>(shape.front());
    // Without elements every row is empty; a huge number of such rows is a mistake, not a tensor.
    constexpr std::uint64_t kEmptyRowsMax = 1'000'000;
    if (*elements == 0 && rows > kEmptyRowsMax)
        return withField(invalidArgument("shape " + describe(shape) + " has too many empty rows"), "shape");

    std::vector<std::size_t> offsets;
    offsets.reserve(static_cast<std::size_t>(rows) + 1);
    const std::uint64_t perRow = rows == 0 ? 0 : *elements / rows;
    if (found->bytes != 0 || perRow == 0) {
        const auto stride = static_cast<std::size_t>(perRow * found->bytes);
        for (std::size_t row = 0; row <= rows; ++row) offsets.push_back(row * stride);
        return offsets;
    }
    std::uint64_t element = 0;
    const Status walked = walkBytes(raw, [&](std::size_t at, std::uint32_t) {
        if (element++ % perRow == 0) offsets.push_back(at);
    });
    if (!walked.ok()) return walked;
    offsets.push_back(raw.size());
    return offsets;
}

}  // namespace millrace::backend
