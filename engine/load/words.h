// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>

/// Figures as people read them, for stories, events and refusals.
namespace millrace::load::words {

inline constexpr const char* kThen = " → ";  ///< between models that follow each other
std::string span(Duration time);             ///< "312 ms", "38 s", "4 min", "3 h"
std::string size(std::uint64_t bytes);       ///< "812 kB", "4.0 GB"
std::string share(double probability);       ///< "72 %"

}  // namespace millrace::load::words
