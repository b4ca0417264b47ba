// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/json_tensor.h"

#include "backend/tensor.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <string_view>
#include <type_traits>

namespace millrace::front {

namespace {

/// Appends the elements of `data` to raw contents, each checked against the datatype.
class DataReader {
public:
    DataReader(std::string_view datatype, std::string& raw, const std::string& field, std::uint64_t most)
        : datatype_(datatype), raw_(raw), field_(field), most_(most)
    {}

    std::uint64_t count() const { return count_; }

    Status read(json::array array) { return readWith(std::move(array)); }

private:
    Status readWith(json::array array)
    {
        if (datatype_ == "FP32") return each(std::move(array), 1, [this](json::value v) { return real<float>(v); });
        if (datatype_ == "FP64") return each(std::move(array), 1, [this](json::value v) { return real<double>(v); });
        if (datatype_ == "INT64")
            return each(std::move(array), 1, [this](json::value v) { return whole<std::int64_t>(v); });
        if (datatype_ == "INT32")
            return each(std::move(array), 1, [this](json::value v) { return whole<std::int32_t>(v); });
        if (datatype_ == "INT16")
            return each(std::move(array), 1, [this](json::value v) { return whole<std::int16_t>(v); });
        if (datatype_ == "INT8")
            return each(std::move(array), 1, [this](json::value v) { return whole<std::int8_t>(v); });
        if (datatype_ == "UINT64")
            return each(std::move(array), 1, [this](json::value v) { return whole<std::uint64_t>(v); });
        if (datatype_ == "UINT32")
            return each(std::move(array), 1, [this](json::value v) { return whole<std::uint32_t>(v); });
        if (datatype_ == "UINT16")
            return each(std::move(array), 1, [this](json::value v) { return whole<std::uint16_t>(v); });
        if (datatype_ == "UINT8")
            return each(std::move(array), 1, [this](json::value v) { return whole<std::uint8_t>(v); });
        if (datatype_ == "BOOL") return each(std::move(array), 1, [this](json::value v) { return truth(v); });
        if (datatype_ == "BYTES") return each(std::move(array), 1, [this](json::value v) { return bytes(v); });
        return at(field_, std::string(datatype_) + " cannot be represented in JSON; use the binary extension");
    }

    template <typename Take>
    Status each(json::array array, int depth, Take take)
    {
        if (depth > kAxesMax) return at(field_, "arrays are nested too deeply");
        for (auto item : array) {
            json::value value;
            if (const auto error = item.get(value)) return wrong(error, place(), "a value");
            json::json_type type{};
            if (const auto error = value.type().get(type)) return wrong(error, place(), "a value");
            if (type == json::json_type::array) {
                json::array inner;
                if (const auto error = value.get_array().get(inner)) return wrong(error, place(), "an array");
                if (Status status = each(std::move(inner), depth + 1, take); !status.ok()) return status;
                continue;
            }
            if (count_ == most_)
                return at(field_, "has more elements than its shape allows (" + std::to_string(most_) + ")");
            if (Status status = take(value); !status.ok()) return status;
            ++count_;
        }
        return absl::OkStatus();
    }

    template <typename T>
    Status real(json::value& value)
    {
        double number = 0;
        if (const auto error = value.get_double().get(number)) return wrong(error, place(), "a number");
        if constexpr (std::is_same_v<T, float>) {
            // A number slightly above the largest float rounds to infinity: out of range.
            if (std::abs(number) > static_cast<double>(std::numeric_limits<float>::max()))
                return at(place(), "does not fit FP32");
        }
        append(static_cast<T>(number));
        return absl::OkStatus();
    }

    template <typename T>
    Status whole(json::value& value)
    {
        using Wide = std::conditional_t<std::is_signed_v<T>, std::int64_t, std::uint64_t>;
        Wide number = 0;
        if (const auto error = [&] {
                if constexpr (std::is_signed_v<T>)
                    return value.get_int64().get(number);
                else
                    return value.get_uint64().get(number);
            }())
            return wrong(error, place(), "a whole number that fits " + std::string(datatype_));
        if (number < static_cast<Wide>(std::numeric_limits<T>::min()) ||
            number > static_cast<Wide>(std::numeric_limits<T>::max()))
            return at(place(), std::to_string(number) + " does not fit " + std::string(datatype_));
        append(static_cast<T>(number));
        return absl::OkStatus();
    }

    Status truth(json::value& value)
    {
        bool on = false;
        if (value.get_bool().get(on) == simdjson::SUCCESS) {
            append(static_cast<char>(on ? 1 : 0));
            return absl::OkStatus();
        }
        std::int64_t number = 0;
        if (const auto error = value.get_int64().get(number)) return wrong(error, place(), "true or false");
        if (number != 0 && number != 1) return at(place(), "must be true or false");
        append(static_cast<char>(number));
        return absl::OkStatus();
    }

    Status bytes(json::value& value)
    {
        std::string_view text;
        if (const auto error = value.get_string().get(text)) return wrong(error, place(), "a string");
        append(static_cast<std::uint32_t>(text.size()));
        raw_.append(text);
        return absl::OkStatus();
    }

    template <typename T>
    void append(T value)
    {
        char bytes[sizeof(T)];
        std::memcpy(bytes, &value, sizeof value);  // host and wire are little-endian
        raw_.append(bytes, sizeof bytes);
    }

    std::string place() const { return field_ + "[" + std::to_string(count_) + "]"; }

    std::string_view datatype_;
    std::string& raw_;
    const std::string& field_;
    std::uint64_t most_;
    std::uint64_t count_ = 0;
};

}  // namespace

Status readTensorData(json::value value, const std::string& field, const std::string& datatype,
                      const std::vector<std::int64_t>& shape, std::string& raw)
{
    json::array array;
    if (const auto error = value.get_array().get(array)) return wrong(error, field, "an array");
    const std::uint64_t elements = *backend::elementCount(shape);
    DataReader reader(datatype, raw, field, elements);
    if (Status status = reader.read(std::move(array)); !status.ok()) return status;
    if (reader.count() != elements)
        return at(field, "has " + std::to_string(reader.count()) + " elements; shape " + backend::describeShape(shape) +
                             " has " + std::to_string(elements));
    return absl::OkStatus();
}

}  // namespace millrace::front
