// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::ctl {

inline constexpr const char* kAbsent = "–";  ///< a figure that was not measured; never 0

/// A text from elsewhere as a terminal may have it: on one line, without anything that it would obey; – for an empty
/// one.
std::string shown(const std::string& value);

/// Columns as wide as their widest cell; the first row is the heading. Cells that hold numbers are set to the right.
/// Cells are shown(), and cut to kCellWidth characters; the last of a row to kLastCellWidth.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }
    static constexpr std::size_t kCellWidth = 48;
    static constexpr std::size_t kLastCellWidth = 240;
    void add(std::vector<std::string> row);
    bool empty() const { return rows_.size() == 1; }
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

std::string countText(double value);                   ///< 1234, 0.25, 3.1; three significant digits below 100
std::string msText(std::optional<double> ms);          ///< 0.42 ms, 12 ms, 1.2 s, –
std::string percentText(std::optional<double> share);  ///< 96 %, –
std::string spanText(std::int64_t ms);                 ///< 2 h 3 min
std::string idleTtlText(std::uint64_t ms);             ///< unloaded after 5 min without use; 0: never
std::string clockText(std::int64_t unixMs);            ///< 2026-01-31 14:05:09, local time

}  // namespace millrace::ctl
