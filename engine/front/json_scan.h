// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// Validates JSON in one pass without building a tree, and returns views of selected members, so that a body can be
/// forwarded unchanged.
///
///     const JsonScan scan = scanJson(body, {"model", "stream"});
///     if (scan.problem) return invalidArgument(*scan.problem);
///     for (const JsonMember& member : scan.members) …
///
/// Pure. Thread: any. Bound: depth kJsonDepthMax, kWantedMax members.
/// Source: RFC 8259. Escaped lone surrogates are accepted, as by its grammar; see jsonString().
namespace millrace::front {

/// A member of the outermost object, as views into the text.
struct JsonMember {
    std::string_view key;    ///< without quotes, not unescaped
    std::string_view value;  ///< with quotes or brackets, not unescaped
};

struct JsonScan {
    std::optional<std::string> problem;  ///< what is wrong and where; empty: valid
    bool isObject = false;
    boost::container::small_vector<JsonMember, 4> members;  ///< in order
};

/// Keeps members with the `wanted` keys, also if these contain escapes, at most kWantedMax: enough to detect
/// duplicates.
inline constexpr std::size_t kWantedMax = 16;
JsonScan scanJson(std::string_view text, std::initializer_list<std::string_view> wanted);
/// Keeps all members. REQUIRES: a text known to be short.
JsonScan scanAllJson(std::string_view text);

/// Unescapes a JSON string, given with its quotes; nullopt: it contains a lone surrogate.
std::optional<std::string> jsonString(std::string_view written);
inline bool isJsonString(std::string_view written)
{
    return written.starts_with('"');
}

/// The length of a UTF-8 byte order mark at the start of `text`, 3 or 0 (may be ignored: RFC 8259, 8.1).
inline std::size_t byteOrderMark(std::string_view text)
{
    return text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

}  // namespace millrace::front
