// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/format.h"

#include <absl/strings/str_format.h>

#include <array>

namespace millrace {

std::string formatFigure(double number, int decimals, const char* unit)
{
    std::string text = absl::StrFormat("%.*f %s", decimals, number, unit);
    if (text.size() > 63) text.resize(63);
    return text;
}

std::string formatBytes(double bytes)
{
    constexpr std::array kUnits{"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
    std::size_t unit = 0;
    while (bytes >= 999.5 && unit + 1 < kUnits.size()) {
        bytes /= 1024;
        ++unit;
    }
    return formatFigure(bytes, unit > 0 && bytes < 9.95 ? 1 : 0, kUnits.at(unit));
}

std::string formatPercent(double share)
{
    const double percent = share * 100;
    if (percent > 0 && percent < 0.005) return "< 0.01 %";
    if (percent > 99.995 && percent < 100) return "> 99.99 %";
    const bool whole = percent <= 0 || percent >= 100;
    const bool nearly = percent < 0.05 || percent >= 99.95;
    const bool tenths = percent < 9.95 || percent >= 99.5;
    return formatFigure(percent, whole ? 0 : nearly ? 2 : tenths ? 1 : 0, "%");
}

std::string formatCount(std::uint64_t count, const char* singular, const char* plural)
{
    return std::to_string(count) + ' ' + (count == 1 ? singular : plural);
}

std::string formatMs(double ms)
{
    if (ms == 0) return "0 ms";
    if (ms < 0.995) return formatFigure(ms, 2, "ms");
    if (ms < 9.95) return formatFigure(ms, 1, "ms");
    if (ms < 999.5) return formatFigure(ms, 0, "ms");
    if (ms < 9.95e3) return formatFigure(ms / 1e3, 1, "s");
    if (ms < 119.5e3) return formatFigure(ms / 1e3, 0, "s");
    if (ms < 119.5 * 60e3) return formatFigure(ms / 60e3, 0, "min");
    return formatFigure(ms / 3600e3, 1, "h");
}

}  // namespace millrace
