// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/fields.h"

#include "base/eight_bytes.h"
#include "base/letters.h"

#include <algorithm>

namespace millrace::http {

namespace {

/// Compares eight characters at once without case. Bytes with the top bit set are not letters.
bool sameWord(std::uint64_t left, std::uint64_t right)
{
    using namespace eight;
    constexpr std::uint64_t kCases = kOnes * ('a' - 'A');
    static_assert(kHighs >> 2 == kCases);
    const std::uint64_t differ = left ^ right;
    if (differ == 0) return true;
    const std::uint64_t low = (left | kCases) & ~kHighs;
    const std::uint64_t fromA = low + kOnes * (0x80 - 'a'), beyondZ = low + kOnes * (0x7f - 'z');
    const std::uint64_t letters = fromA & ~beyondZ & ~left & kHighs;
    return (differ & ~(letters >> 2)) == 0;
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
