// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <simdjson.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Reading the fields of a JSON object with simdjson, with errors that name the field.
///
///     if (const auto error = value.get_string().get(text)) return wrong(error, "inputs[0].name", "a string");
///
/// Who includes this is compiled with the options that kserve_read.cpp has (CMakeLists.txt): simdjson chooses its code
/// when it is compiled.
namespace millrace::front {

namespace json = simdjson::ondemand;

/// InvalidArgument about that field.
Status at(const std::string& field, const std::string& message);
/// The text is broken, whatever was expected.
bool isSyntax(simdjson::error_code error);
/// What simdjson met, in the words of the one who sent it. `wanted`: what should have stood there.
Status wrong(simdjson::error_code error, const std::string& field, const std::string& wanted);

/// Whether null stands there, which is as good as nothing for what is optional (proto3's JSON mapping).
inline bool isNull(json::value& value)
{
    bool null = false;
    return value.is_null().get(null) == simdjson::SUCCESS && null;
}

/// The keys of an object that mean something: each may come once, because readers differ in which of two counts.
class Once {
public:
    explicit Once(std::span<const std::string_view> known) : known_(known) {}

    /// InvalidArgument the second time.
    Status met(std::string_view key, const std::string& place)
    {
        std::uint32_t bit = 1;
        for (const auto name : known_) {
            if (name == key && (met_ & bit))
                return at(place.empty() ? std::string(key) : place + "." + std::string(key), "is specified twice");
            if (name == key) met_ |= bit;
            bit <<= 1;
        }
        return absl::OkStatus();
    }

private:
    const std::span<const std::string_view> known_;
    std::uint32_t met_ = 0;
};

}  // namespace millrace::front
