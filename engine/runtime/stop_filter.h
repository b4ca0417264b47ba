// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace millrace::runtime {

/// Lets a text through up to the first of some strings, and holds back what may be the beginning of one.
class StopFilter {
public:
    explicit StopFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {}

    /// What of the text may leave now.
    std::string pass(const std::string& piece);
    /// What was held back: at the end, it was no stop.
    std::string rest() { return found_ ? std::string() : std::exchange(held_, {}); }
    bool found() const { return found_; }

private:
    std::vector<std::string> stops_;
    std::string held_;
    bool found_ = false;
};

}  // namespace millrace::runtime
