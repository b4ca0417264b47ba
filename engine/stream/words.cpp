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

std::string bytesText(double bytes)
{
    constexpr std::array<const char*, 5> kUnits{"B", "KB", "MB", "GB", "TB"};
    std::size_t unit = 0;
    while (bytes >= 1000 && unit + 1 < kUnits.size()) {
        bytes /= 1024;
        ++unit;
    }
    return formatted(bytes, unit > 0 && bytes < 10 ? 1 : 0, kUnits.at(unit));
}

std::string spanText(Duration span)
{
    const double ms = toMs(span);
    if (ms >= 1000) return formatted(ms / 1000, 1, "s");
    return formatted(ms, ms < 10 ? 1 : 0, "ms");
}

std::string percentText(double share)
{
    return formatted(share * 100, 0, "%");
}

std::string countText(std::uint64_t count, const char* one, const char* many)
{
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

}  // namespace millrace::stream
