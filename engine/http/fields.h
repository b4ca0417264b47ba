// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

struct HttpField {
    std::string name;
    std::string value;
};
using HttpFields = std::vector<HttpField>;

/// ASCII letters compared without case, as field names are (RFC 9110, 5.1).
bool sameName(std::string_view left, std::string_view right);

/// Value of the first field of that name; empty: none.
std::string_view fieldValue(const HttpFields& fields, std::string_view name);

/// Whether a Cache-Control field says no-transform (RFC 9111, 5.2.2.6): nobody on the way packs or unpacks the body.
bool noTransform(const HttpFields& fields);

}  // namespace millrace::http
