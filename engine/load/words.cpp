// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/words.h"

#include <array>
#include <cmath>
#include <cstdio>

namespace millrace::load::words {
namespace {

std::string number(double value, const char* unit)
{
    std::array<char, 48> text{};
    const int decimals = value < 9.95 && std::abs(value - std::round(value)) >= 0.05 ? 1 : 0;
    std::snprintf(text.data(), text.size(), "%.*f %s", decimals, value, unit);
    return text.data();
}

}  // namespace

std::string span(Duration time)
{
    const double ms = toMs(time);
    if (ms < 999.5) return number(std::round(ms), "ms");
    if (ms < 99.5e3) return number(ms / 1e3, "s");
    if (ms < 99.5 * 60e3) return number(ms / 60e3, "min");
    return number(ms / 3600e3, "h");
}

std::string size(std::uint64_t bytes)
{
    constexpr std::array units{"B", "kB", "MB", "GB", "TB", "PB"};
    double value = static_cast<double>(bytes);
    std::size_t unit = 0;
    while (value >= 999.5 && unit + 1 < units.size()) {
        value /= 1000;
        ++unit;
    }
    return number(value, units[unit]);
}

std::string share(double probability)
{
    return number(std::round(100 * probability), "%");
}

}  // namespace millrace::load::words
