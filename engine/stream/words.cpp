// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/words.h"

#include <array>
#include <cstdio>

namespace millrace::stream {

namespace {

std::string formatted(double number, int decimals, const char* unit)
{
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%.*f %s", decimals, number, unit);
    return text.data();
}

}  // namespace

std::string percentText(double share)
{
    return formatted(share * 100, 0, "%");
}

std::string countText(std::uint64_t count, const char* one, const char* many)
{
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

}  // namespace millrace::stream
