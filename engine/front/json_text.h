// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Writes JSON text, and locates what is wrong in JSON that was received.
namespace millrace::front {

/// `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD: what we write can be read.
void appendQuoted(std::string& out, std::string_view text);

bool isUtf8(std::string_view text);
/// Bytes of the longest front part that is UTF-8.
std::size_t utf8Prefix(std::string_view text);

/// What is wrong with a JSON text and where ("syntax error at byte 17 (line 1, column 18)"); empty: nothing.
std::optional<std::string> jsonProblem(std::string_view text);

/// Where `offset` is, for people.
std::string placeIn(std::string_view text, std::size_t offset);

/// Arrays and objects may be this deep in one another.
inline constexpr unsigned kJsonDepthMax = 128;

}  // namespace millrace::front
