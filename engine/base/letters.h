// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <absl/strings/ascii.h>

#include <string>
#include <string_view>

/// ASCII case conversion and trimming, independent of the locale; other bytes pass unchanged. To compare without regard
/// to case, use http::sameName(). Pure. Thread: any.
namespace millrace {

inline char lower(char letter)
{
    return absl::ascii_tolower(static_cast<unsigned char>(letter));
}
inline char upper(char letter)
{
    return absl::ascii_toupper(static_cast<unsigned char>(letter));
}
inline std::string lowered(std::string_view text)
{
    std::string out(text);
    absl::AsciiStrToLower(&out);
    return out;
}
inline std::string uppered(std::string_view text)
{
    std::string out(text);
    absl::AsciiStrToUpper(&out);
    return out;
}

/// `text` without leading and trailing characters of `around`; by default spaces and tabs, as in header fields.
inline std::string_view trimmed(std::string_view text, std::string_view around = " \t")
{
    const auto begin = text.find_first_not_of(around);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(around) - begin + 1);
}

}  // namespace millrace
