// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/fields.h"

#include <algorithm>

namespace millrace::http {

namespace {

constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

/// Not Beast's iequals: that of Boost 1.81 reads a byte behind the end of texts that differ in case.
bool sameName(std::string_view left, std::string_view right)
{
    return left.size() == right.size() && std::equal(left.begin(), left.end(), right.begin(),
                                                     [](char a, char b) { return a == b || lower(a) == lower(b); });
}

std::string_view fieldValue(const HttpFields& fields, std::string_view name)
{
    for (const HttpField& field : fields)
        if (sameName(field.name, name)) return field.value;
    return {};
}

bool noTransform(const HttpFields& fields)
{
    for (const HttpField& field : fields) {
        if (!sameName(field.name, "cache-control")) continue;
        for (std::string_view rest = field.value; !rest.empty();) {
            const auto comma = rest.find(',');
            std::string_view directive = rest.substr(0, comma);
            rest.remove_prefix(comma == rest.npos ? rest.size() : comma + 1);
            while (!directive.empty() && (directive.front() == ' ' || directive.front() == '\t'))
                directive.remove_prefix(1);
            while (!directive.empty() && (directive.back() == ' ' || directive.back() == '\t'))
                directive.remove_suffix(1);
            if (sameName(directive, "no-transform")) return true;
        }
    }
    return false;
}

}  // namespace millrace::http
