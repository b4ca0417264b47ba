// SPDX-License-Identifier: GPL-3.0-or-later
#include "ctl/text_table.h"

#include "base/format.h"
#include "base/text.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace millrace::ctl {

namespace {

/// Characters, not bytes: "–" is one.
std::size_t widthOf(const std::string& text)
{
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char letter) { return (static_cast<unsigned char>(letter) & 0xc0U) != 0x80U; }));
}

/// Cut between characters, with … at its end.
std::string fitted(std::string text, std::size_t width)
{
    if (text.size() <= width || widthOf(text) <= width) return text;
    std::size_t at = 0;
    for (std::size_t seen = 0; at < text.size(); ++at)
        if ((static_cast<unsigned char>(text[at]) & 0xc0U) != 0x80U && seen++ == width - 1) break;
    return text.substr(0, at) + "…";
}

bool isNumber(const std::string& text)
{
    const std::size_t bound = text.starts_with("< ") || text.starts_with("> ") ? 2 : 0;
    return text == kAbsent || (text.size() > bound && text[bound] >= '0' && text[bound] <= '9');
}

}  // namespace

std::string shown(const std::string& value)
{
    return value.empty() ? kAbsent : washed(value, kMessageBytesMax);
}

void TextTable::add(std::vector<std::string> row)
{
    for (std::size_t i = 0; i < row.size(); ++i)
        row[i] = fitted(washed(row[i], kMessageBytesMax), i + 1 == row.size() ? kLastCellWidth : kCellWidth);
    rows_.push_back(std::move(row));
}

std::string TextTable::text() const
{
    std::vector<std::size_t> widths;
    std::vector<bool> numbers;
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        widths.resize(std::max(widths.size(), rows_[i].size()), 0);
        numbers.resize(widths.size(), rows_.size() > 1);
        for (std::size_t column = 0; column < rows_[i].size(); ++column) {
            widths[column] = std::max(widths[column], widthOf(rows_[i][column]));
            if (i > 0 && !isNumber(rows_[i][column])) numbers[column] = false;
        }
    }
    std::string out;
    for (const auto& row : rows_) {
        std::string line;
        for (std::size_t column = 0; column < row.size(); ++column) {
            const std::string space(widths[column] - widthOf(row[column]), ' ');
            line += column == 0 ? "" : "  ";
            line += numbers[column] ? space + row[column] : row[column] + space;
        }
        line.erase(line.find_last_not_of(' ') + 1);
        out += line + '\n';
    }
    return out;
}

std::string countText(double value)
{
    if (!std::isfinite(value)) return kAbsent;
    if (value == std::floor(value) || std::abs(value) >= 100) return absl::StrFormat("%.0f", value);
    return absl::StrFormat("%.3g", value);
}

std::string msText(std::optional<double> ms)
{
    return ms && std::isfinite(*ms) ? formatMs(*ms) : kAbsent;
}

std::string percentText(std::optional<double> share)
{
    return share && std::isfinite(*share) ? formatPercent(*share) : kAbsent;
}

std::string spanText(std::int64_t ms)
{
    const std::int64_t seconds = std::max<std::int64_t>(ms, 0) / 1000;
    const auto part = [](std::int64_t value, const char* unit) { return std::to_string(value) + ' ' + unit; };
    if (seconds < 60) return part(seconds, "s");
    if (seconds < 3600) return part(seconds / 60, "min") + ' ' + part(seconds % 60, "s");
    if (seconds < 86'400) return part(seconds / 3600, "h") + ' ' + part(seconds % 3600 / 60, "min");
    return part(seconds / 86'400, "d") + ' ' + part(seconds % 86'400 / 3600, "h");
}

std::string idleTtlText(std::uint64_t ms)
{
    return ms == 0 ? "never unloaded for being unused"
                   : "unloaded after " + formatMs(static_cast<double>(ms)) + " without use";
}

std::string clockText(std::int64_t unixMs)
{
    const std::time_t seconds = static_cast<std::time_t>(unixMs / 1000);
    std::tm parts{};
    localtime_r(&seconds, &parts);
    std::array<char, 32> buffer{};
    std::strftime(buffer.data(), buffer.size(), "%Y-%m-%d %H:%M:%S", &parts);
    return buffer.data();
}

}  // namespace millrace::ctl
