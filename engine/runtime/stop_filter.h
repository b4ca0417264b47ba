// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace millrace::runtime {

/// Passes text through up to the first stop string, holding back what may be the beginning of one. Thread: one.
class StopFilter {
public:
    explicit StopFilter(std::vector<std::string> stops) : stops_(std::move(stops)) {}

    /// Returns the text that can be passed on.
    std::string pass(const std::string& piece);
    /// At the end: returns the text held back, which was not a stop string.
    std::string rest() { return found_ ? std::string() : std::exchange(held_, {}); }
    bool found() const { return found_; }

private:
    std::vector<std::string> stops_;
    std::string held_;
    bool found_ = false;
};

}  // namespace millrace::runtime
