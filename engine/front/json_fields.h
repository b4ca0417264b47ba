// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <simdjson.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

/// Helpers to read JSON objects with simdjson, with errors that name the field.
///
///     if (const auto error = value.get_string().get(text)) return wrong(error, "inputs[0].name", "a string");
///
/// REQUIRES: sources that include this are compiled with the options of kserve_read.cpp (CMakeLists.txt), since
/// simdjson selects its implementation at compile time. Pure.
namespace millrace::front {

namespace json = simdjson::ondemand;

/// InvalidArgument with that field.
Status at(const std::string& field, const std::string& message);
/// True for syntax errors, as opposed to unexpected types.
bool isSyntax(simdjson::error_code error);
/// Converts an error of simdjson into a message for the client. `wanted`: what was expected, "a string".
Status wrong(simdjson::error_code error, const std::string& field, const std::string& wanted);

/// True for null, which means absent in optional fields (proto3's JSON mapping).
inline bool isNull(json::value& value)
{
    bool null = false;
    return value.is_null().get(null) == simdjson::SUCCESS && null;
}

/// Rejects duplicates of known keys in an object, since parsers differ in which of two counts. Bound: 32 known keys.
class Once {
public:
    explicit Once(std::span<const std::string_view> known) : known_(known) {}

    /// InvalidArgument if a known `key` occurs for the second time. `place`: path of the object; empty: the outermost.
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
