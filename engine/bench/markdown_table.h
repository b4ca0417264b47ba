// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

namespace millrace::bench {

/// A table of a report in Markdown, aligned so that it reads on a terminal, too: names in the first column, figures to
/// the right of it.
///
///     MarkdownTable table({"", "requests/s", "p99 ms"});
///     table.add({"pool", "3,328", "180.3"});
///     out += table.text();
///
/// REQUIRES: rows have as many cells as there are titles. Pure.
class MarkdownTable {
public:
    explicit MarkdownTable(std::vector<std::string> titles);

    void add(std::vector<std::string> cells);
    bool empty() const { return rows_.size() == 1; }
    /// With a line break at the end.
    std::string text() const;

private:
    std::vector<std::vector<std::string>> rows_;  // the titles first
    std::vector<std::size_t> widths_;             // in characters
};

}  // namespace millrace::bench
