// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/markdown_table.h"

#include "base/check.h"

#include <algorithm>
#include <utility>

namespace millrace::bench {

namespace {

constexpr std::size_t kRuleMin = 3;  // "--:"

std::size_t charactersOf(const std::string& text)
{
    return static_cast<std::size_t>(
        std::count_if(text.begin(), text.end(), [](char byte) { return (byte & 0xc0) != 0x80; }));
}

}  // namespace

MarkdownTable::MarkdownTable(std::vector<std::string> titles) : widths_(titles.size(), kRuleMin)
{
    add(std::move(titles));
}

void MarkdownTable::add(std::vector<std::string> cells)
{
    MR_CHECK(cells.size() == widths_.size());
    for (std::size_t i = 0; i < cells.size(); ++i) widths_[i] = std::max(widths_[i], charactersOf(cells[i]));
    rows_.push_back(std::move(cells));
}

std::string MarkdownTable::text() const
{
    std::string out;
    for (const auto& row : rows_) {
        for (std::size_t i = 0; i < row.size(); ++i) {
            const std::string space(widths_[i] - charactersOf(row[i]), ' ');
            out += i == 0 ? "| " + row[i] + space : " | " + space + row[i];
        }
        out += " |\n";
        if (&row != &rows_.front()) continue;
        for (std::size_t i = 0; i < row.size(); ++i)
            out += i == 0 ? "|-" + std::string(widths_[i], '-') + "-" : "|-" + std::string(widths_[i], '-') + ":";
        out += "|\n";
    }
    return out;
}

}  // namespace millrace::bench
