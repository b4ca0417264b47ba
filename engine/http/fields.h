// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

struct HttpField {
    std::string name;
    std::string value;
};
using HttpFields = std::vector<HttpField>;

/// Of two texts with `size` characters.
bool sameLetters(const char* left, const char* right, std::size_t size);
/// ASCII letters compared without case, as field names are (RFC 9110, 5.1). Most names differ in length already.
inline bool sameName(std::string_view left, std::string_view right)
{
    return left.size() == right.size() && sameLetters(left.data(), right.data(), left.size());
}

/// Without spaces and tabs around it.
std::string_view trimmed(std::string_view text);
/// Whether a comma-separated field value has `token` in it, whatever its case.
bool hasToken(std::string_view list, std::string_view token);

/// Value of the first field of that name; empty: none.
std::string_view fieldValue(const HttpFields& fields, std::string_view name);

/// Whether a Cache-Control field says no-transform (RFC 9111, 5.2.2.6): nobody on the way packs or unpacks the body.
bool noTransform(const HttpFields& fields);

}  // namespace millrace::http
