// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

/// Writes JSON strings, and locates errors in received JSON (engine/docs/adr/0016-json-is-written-as-text.md). Pure.
namespace millrace::front {

/// Appends `text` as a quoted JSON string; invalid UTF-8 becomes U+FFFD, so that the output is always valid.
void appendQuoted(std::string& out, std::string_view text);

bool isUtf8(std::string_view text);
/// The length of the longest valid UTF-8 prefix.
std::size_t utf8Prefix(std::string_view text);

/// What is wrong with a JSON text, and where: "syntax error at byte 17 (line 1, column 18)". Nullopt: valid.
std::optional<std::string> jsonProblem(std::string_view text);

/// The position for error messages: "byte 17 (line 1, column 18)".
[[gnu::cold]] std::string placeIn(std::string_view text, std::size_t offset);

/// Maximum nesting depth of arrays and objects.
inline constexpr unsigned kJsonDepthMax = 128;

}  // namespace millrace::front
