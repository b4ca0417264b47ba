// SPDX-License-Identifier: GPL-3.0-or-later
#include "front/json_text.h"

#include <boost/locale/utf.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace millrace::front {

namespace {

/// The length of the UTF-8 sequence at the start of `text`; 0: invalid (overlong, surrogate, truncated).
std::size_t sequenceAt(std::string_view text)
{
    using Utf8 = boost::locale::utf::utf_traits<char>;
    const char* place = text.data();
    const char32_t point = Utf8::decode(place, place + text.size());
    if (point == boost::locale::utf::illegal || point == boost::locale::utf::incomplete) return 0;
    return static_cast<std::size_t>(place - text.data());
}

bool isPlain(char c)
{
    const auto byte = static_cast<unsigned char>(c);
    return byte >= 0x20 && byte < 0x80 && c != '"' && c != '\\';
}

void appendEscaped(std::string& out, char c)
{
    switch (c) {
        case '"':
            out += "\\\"";
            return;
        case '\\':
            out += "\\\\";
            return;
        case '\n':
            out += "\\n";
            return;
        case '\r':
            out += "\\r";
            return;
        case '\t':
            out += "\\t";
            return;
        default: {
            constexpr std::string_view kHex = "0123456789abcdef";
            const auto byte = static_cast<unsigned char>(c);
            out += "\\u00";
            out += kHex[byte >> 4];
            out += kHex[byte & 15];
        }
    }
}

}  // namespace

void appendQuoted(std::string& out, std::string_view text)
{
    out += '"';
    while (!text.empty()) {
        const auto end = std::find_if_not(text.begin(), text.end(), isPlain);
        const auto plain = static_cast<std::size_t>(end - text.begin());
        out.append(text.substr(0, plain));
        text.remove_prefix(plain);
        if (text.empty()) break;
        const auto byte = static_cast<unsigned char>(text.front());
        if (byte < 0x80) {
            appendEscaped(out, text.front());
            text.remove_prefix(1);
        } else if (const std::size_t bytes = sequenceAt(text)) {
            out.append(text.substr(0, bytes));
            text.remove_prefix(bytes);
        } else {
            out += "\xEF\xBF\xBD";
            text.remove_prefix(1);
        }
    }
    out += '"';
}

std::size_t utf8Prefix(std::string_view text)
{
    std::size_t at = 0;
    while (at < text.size()) {
        const std::size_t bytes = sequenceAt(text.substr(at));
        if (bytes == 0) break;
        at += bytes;
    }
    return at;
}

bool isUtf8(std::string_view text)
{
    return utf8Prefix(text) == text.size();
}

std::string placeIn(std::string_view text, std::size_t offset)
{
    const std::string_view before = text.substr(0, std::min(offset, text.size()));
    const auto line = 1 + std::count(before.begin(), before.end(), '\n');
    const std::size_t lineStart = before.rfind('\n') + 1;  // npos + 1 is 0
    return "byte " + std::to_string(before.size()) + " (line " + std::to_string(line) + ", column " +
           std::to_string(before.size() - lineStart + 1) + ")";
}

}  // namespace millrace::front
