// SPDX-License-Identifier: GPL-3.0-or-later
#include "backend/tensor.h"

#include "inference.pb.h"

#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <span>
#include <type_traits>
#include <utility>

namespace millrace::backend {

namespace {

static_assert(std::endian::native == std::endian::little, "raw contents are little-endian and copied as they are");

constexpr std::array<Datatype, 14> kDatatypes{{
    {"BOOL", 1, ContentsList::Bool},
    {"UINT8", 1, ContentsList::Uint},
    {"UINT16", 2, ContentsList::Uint},
    {"UINT32", 4, ContentsList::Uint},
    {"UINT64", 8, ContentsList::Uint64},
    {"INT8", 1, ContentsList::Int},
    {"INT16", 2, ContentsList::Int},
    {"INT32", 4, ContentsList::Int},
    {"INT64", 8, ContentsList::Int64},
    {"FP16", 2, ContentsList::None},
    {"BF16", 2, ContentsList::None},
    {"FP32", 4, ContentsList::Fp32},
    {"FP64", 8, ContentsList::Fp64},
    {"BYTES", 0, ContentsList::Bytes},
}};

constexpr std::size_t kLengthBytes = 4;

const char* nameOf(ContentsList list)
{
    switch (list) {
        case ContentsList::None:
            break;
        case ContentsList::Bool:
            return "bool_contents";
        case ContentsList::Int:
            return "int_contents";
        case ContentsList::Int64:
            return "int64_contents";
        case ContentsList::Uint:
            return "uint_contents";
        case ContentsList::Uint64:
            return "uint64_contents";
        case ContentsList::Fp32:
            return "fp32_contents";
        case ContentsList::Fp64:
            return "fp64_contents";
        case ContentsList::Bytes:
            return "bytes_contents";
    }
    return "";
}

/// The first filled list that is not `wanted`; None when there is none.
ContentsList otherFilled(const inference::InferTensorContents& contents, ContentsList wanted)
{
    const std::array<std::pair<ContentsList, int>, 8> sizes{{
        {ContentsList::Bool, contents.bool_contents_size()},
        {ContentsList::Int, contents.int_contents_size()},
        {ContentsList::Int64, contents.int64_contents_size()},
        {ContentsList::Uint, contents.uint_contents_size()},
        {ContentsList::Uint64, contents.uint64_contents_size()},
        {ContentsList::Fp32, contents.fp32_contents_size()},
        {ContentsList::Fp64, contents.fp64_contents_size()},
        {ContentsList::Bytes, contents.bytes_contents_size()},
    }};
    for (const auto& [list, size] : sizes) {
        if (list != wanted && size > 0) return list;
    }
    return ContentsList::None;
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

}  // namespace

const Datatype* findDatatype(std::string_view name)
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

std::string describeShape(std::span<const std::int64_t> shape)
{
    std::string text = "[";
    for (const std::int64_t axis : shape) text.append(text.size() > 1 ? "," : "").append(std::to_string(axis));
    return text + "]";
}

Status checkContents(const Datatype& datatype, std::uint64_t elements, std::span<const std::int64_t> shape,
                     std::string_view raw)
{
    if (datatype.bytes != 0) {
        if (elements > std::numeric_limits<std::uint64_t>::max() / datatype.bytes ||
            raw.size() != elements * datatype.bytes) {
            return invalidArgument(std::to_string(raw.size()) + " bytes given; " + std::string(datatype.name) + " " +
                                   describeShape(shape) + " has " + std::to_string(elements) + " elements of " +
                                   std::to_string(datatype.bytes) + " bytes");
        }
        return absl::OkStatus();
    }
    std::uint64_t counted = 0;
    if (Status status = walkBytes(raw, [&](std::size_t, std::uint32_t) { ++counted; }); !status.ok()) return status;
    if (counted != elements) {
        return invalidArgument(std::to_string(counted) + " BYTES elements given; " + describeShape(shape) + " has " +
                               std::to_string(elements));
    }
    return absl::OkStatus();
}

bool hasTyped(const inference::InferTensorContents& contents)
{
    return otherFilled(contents, ContentsList::None) != ContentsList::None;
}

std::optional<std::size_t> elementBytes(std::string_view datatype)
{
    const Datatype* found = findDatatype(datatype);
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
    const Datatype* found = findDatatype(datatype);
    if (!found) return unknownDatatype(datatype);
    const ContentsList other = otherFilled(contents, found->list);
    if (other != ContentsList::None) {
        const std::string wanted = found->list == ContentsList::None
                                       ? " has no typed form: send raw contents"
                                       : std::string(" belongs in ") + nameOf(found->list) + " alone";
        return withField(invalidArgument(std::string(datatype) + wanted + "; found " + nameOf(other)), "contents");
    }
    switch (found->list) {
        case ContentsList::None:
            return std::string();
        case ContentsList::Bool:
            return copied(contents.bool_contents());
        case ContentsList::Int64:
            return copied(contents.int64_contents());
        case ContentsList::Uint64:
            return copied(contents.uint64_contents());
        case ContentsList::Fp32:
            return copied(contents.fp32_contents());
        case ContentsList::Fp64:
            return copied(contents.fp64_contents());
        case ContentsList::Bytes:
            return framed(contents.bytes_contents());
        case ContentsList::Int:
            if (found->bytes == 1) return narrowed<std::int8_t>(datatype, "int_contents", contents.int_contents());
            if (found->bytes == 2) return narrowed<std::int16_t>(datatype, "int_contents", contents.int_contents());
            return copied(contents.int_contents());
        case ContentsList::Uint:
            if (found->bytes == 1) return narrowed<std::uint8_t>(datatype, "uint_contents", contents.uint_contents());
            if (found->bytes == 2) return narrowed<std::uint16_t>(datatype, "uint_contents", contents.uint_contents());
            return copied(contents.uint_contents());
    }
    return internal("a datatype without a list");
}

Status toTyped(std::string_view datatype, std::string_view raw, inference::InferTensorContents* contents)
{
    const Datatype* found = findDatatype(datatype);
    if (!found) return unknownDatatype(datatype);
    if (found->list == ContentsList::None)
        return unimplemented(std::string(datatype) + " has no typed form: read raw contents");
    if (found->bytes != 0 && raw.size() % found->bytes != 0) {
        return invalidArgument(std::to_string(raw.size()) + " bytes are not a multiple of the size of " +
                               std::string(datatype) + " elements");
    }
    contents->Clear();
    switch (found->list) {
        case ContentsList::None:
            break;
        case ContentsList::Bool:
            contents->mutable_bool_contents()->Reserve(static_cast<int>(raw.size()));
            for (const char byte : raw) contents->add_bool_contents(byte != 0);
            break;
        case ContentsList::Int:
            if (found->bytes == 1) widen<std::int8_t>(raw, contents->mutable_int_contents());
            if (found->bytes == 2) widen<std::int16_t>(raw, contents->mutable_int_contents());
            if (found->bytes == 4) widen<std::int32_t>(raw, contents->mutable_int_contents());
            break;
        case ContentsList::Uint:
            if (found->bytes == 1) widen<std::uint8_t>(raw, contents->mutable_uint_contents());
            if (found->bytes == 2) widen<std::uint16_t>(raw, contents->mutable_uint_contents());
            if (found->bytes == 4) widen<std::uint32_t>(raw, contents->mutable_uint_contents());
            break;
        case ContentsList::Int64:
            widen<std::int64_t>(raw, contents->mutable_int64_contents());
            break;
        case ContentsList::Uint64:
            widen<std::uint64_t>(raw, contents->mutable_uint64_contents());
            break;
        case ContentsList::Fp32:
            widen<float>(raw, contents->mutable_fp32_contents());
            break;
        case ContentsList::Fp64:
            widen<double>(raw, contents->mutable_fp64_contents());
            break;
        case ContentsList::Bytes:
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

StatusOr<std::vector<std::size_t>> rowOffsets(std::string_view datatype, const std::vector<std::int64_t>& shape,
                                              std::string_view raw)
{
    const Datatype* found = findDatatype(datatype);
    if (!found) return unknownDatatype(datatype);
    if (shape.empty()) return withField(invalidArgument("a tensor without axes has no rows"), "shape");
    const auto elements = elementCount(shape);
    if (!elements) {
        return withField(invalidArgument("shape " + describeShape(shape) + " has a negative axis or too many elements"),
                         "shape");
    }
    if (Status status = checkContents(*found, *elements, shape, raw); !status.ok()) return status;
    const auto rows = static_cast<std::uint64_t>(shape.front());
    // Without elements every row is empty; a huge number of such rows is a mistake, not a tensor.
    constexpr std::uint64_t kEmptyRowsMax = 1'000'000;
    if (*elements == 0 && rows > kEmptyRowsMax)
        return withField(invalidArgument("shape " + describeShape(shape) + " has too many empty rows"), "shape");

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
