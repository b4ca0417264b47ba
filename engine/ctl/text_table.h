// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace millrace::ctl {

inline constexpr const char* kAbsent = "–";  ///< a figure that was not measured; never 0

/// Columns as wide as their widest cell; the first row is the heading. Cells that hold numbers are set to the right.
class TextTable {
public:
    explicit TextTable(std::vector<std::string> heading) { rows_.push_back(std::move(heading)); }
    void add(std::vector<std::string> row) { rows_.push_back(std::move(row)); }
    bool empty() const { return rows_.size() == 1; }
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;
};

std::string countText(double value);                   ///< 1234, 0.25, 3.1; three significant digits below 100
std::string bytesText(double bytes);                   ///< 1.5 MB (1024 each step)
std::string msText(std::optional<double> ms);          ///< 0.42 ms, 12 ms, 1.2 s, –
std::string percentText(std::optional<double> share);  ///< 96 %, –
std::string spanText(std::int64_t ms);                 ///< 2 h 3 min
std::string clockText(std::int64_t unixMs);            ///< 2026-01-31 14:05:09, local time

}  // namespace millrace::ctl
