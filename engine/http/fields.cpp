// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/fields.h"

#include <cstdint>
#include <cstring>

namespace millrace::http {

namespace {

constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Eight characters at once. Of a byte with its top bit set, which is no letter, nothing changes.
std::uint64_t lowerWord(const char* at)
{
    constexpr std::uint64_t kOnes = 0x0101010101010101ull, kHigh = 0x8080808080808080ull;
    std::uint64_t word;
    std::memcpy(&word, at, sizeof word);
    const std::uint64_t low = word & ~kHigh;
    const std::uint64_t fromA = low + kOnes * (0x80 - 'A'), beyondZ = low + kOnes * (0x7f - 'Z');
    return word | (((fromA & ~beyondZ & ~word & kHigh) >> 7) * ('a' - 'A'));
}

}  // namespace

/// Not Beast's iequals: that of Boost 1.81 reads a byte behind the end of texts that differ in case.
bool sameName(std::string_view left, std::string_view right)
{
    if (left.size() != right.size()) return false;
    std::size_t at = 0;
    for (; left.size() - at >= 8; at += 8)
        if (lowerWord(left.data() + at) != lowerWord(right.data() + at)) return false;
    for (; at < left.size(); ++at)
        if (left[at] != right[at] && lower(left[at]) != lower(right[at])) return false;
    return true;
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
