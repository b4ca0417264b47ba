// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/fields.h"

#include "base/eight_bytes.h"
#include "base/letters.h"

#include <algorithm>

namespace millrace::http {

namespace {

constexpr char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

/// Lower case of eight characters at once. Bytes with the top bit set are not letters, and stay unchanged.
std::uint64_t lowerWord(std::uint64_t word)
{
    using namespace eight;
    const std::uint64_t low = word & ~kHighs;
    const std::uint64_t fromA = low + kOnes * (0x80 - 'A'), beyondZ = low + kOnes * (0x7f - 'Z');
    return word | (((fromA & ~beyondZ & ~word & kHighs) >> 7) * ('a' - 'A'));
}

/// Fast path: equal bytes, or a difference other than the case bit.
bool sameWord(std::uint64_t left, std::uint64_t right)
{
    constexpr std::uint64_t kCases = eight::kOnes * ('a' - 'A');
    if (left == right) return true;
    return ((left ^ right) & ~kCases) == 0 && lowerWord(left) == lowerWord(right);
}

}  // namespace

/// Not Beast's iequals(), which in Boost 1.81 reads one byte past the end of texts that differ in case.
bool sameLetters(const char* left, const char* right, std::size_t size)
{
    std::size_t at = 0;
    for (; size - at >= 8; at += 8)
        if (!sameWord(eight::load(left + at), eight::load(right + at))) return false;
    if (at == size) return true;
    // The tail, overlapping bytes that were compared already.
    if (size >= 8) return sameWord(eight::load(left + size - 8), eight::load(right + size - 8));
    if (size >= 4)
        return sameWord(eight::loadFour(left), eight::loadFour(right)) &&
               sameWord(eight::loadFour(left + size - 4), eight::loadFour(right + size - 4));
    for (; at < size; ++at)
        if (left[at] != right[at] && lower(left[at]) != lower(right[at])) return false;
    return true;
}

bool hasToken(std::string_view list, std::string_view token)
{
    while (!list.empty()) {
        const auto comma = std::min(list.find(','), list.size());
        if (sameName(trimmed(list.substr(0, comma)), token)) return true;
        list.remove_prefix(std::min(comma + 1, list.size()));
    }
    return false;
}

bool noTransform(const HttpFields& fields)
{
    return std::any_of(fields.begin(), fields.end(), [](const HttpField& field) {
        return sameName(field.name, "cache-control") && hasToken(field.value, "no-transform");
    });
}

}  // namespace millrace::http
