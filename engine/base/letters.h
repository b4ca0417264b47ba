// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <absl/strings/ascii.h>

#include <string>
#include <string_view>

/// Letters of ASCII in the other case, whatever the locale says. Comparing without it is http::sameName(). Pure.
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

}  // namespace millrace
