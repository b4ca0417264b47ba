// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/container/small_vector.hpp>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

/// JSON looked at without being built: checked to its last byte, bounded in depth, one pass. What is in it stays as it
/// was written, so that it can be passed on byte by byte. Pure. Thread: any.
/// Source: RFC 8259. Escaped halves of surrogate pairs are allowed, as its grammar does: whoever needs the text
/// decides.
namespace millrace::front {

/// A member of the outermost object. Views into the text.
struct JsonMember {
    std::string_view key;    ///< without its quotes, escapes as written
    std::string_view value;  ///< with its quotes or brackets
};

struct JsonScan {
    std::optional<std::string> problem;  ///< what is wrong and where; empty: it is JSON
    bool isObject = false;
    boost::container::small_vector<JsonMember, 4> members;  ///< in order
};

/// Keeps the members of the `wanted` keys, however these are escaped, and kWantedMax of them at most: enough to see
/// which comes twice.
inline constexpr std::size_t kWantedMax = 16;
JsonScan scanJson(std::string_view text, std::initializer_list<std::string_view> wanted);
/// Keeps all members: for texts that are known to be short.
JsonScan scanAllJson(std::string_view text);

/// The text of a JSON string as it was written, with its quotes; empty: it has half a surrogate pair.
std::optional<std::string> jsonString(std::string_view written);
inline bool isJsonString(std::string_view written)
{
    return written.starts_with('"');
}

/// Bytes of a UTF-8 byte order mark at the front of `text`: 3 or 0 (RFC 8259, 8.1: may be ignored).
inline std::size_t byteOrderMark(std::string_view text)
{
    return text.starts_with("\xEF\xBB\xBF") ? 3 : 0;
}

}  // namespace millrace::front
