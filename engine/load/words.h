// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

/// Figures as people read them, for stories, events and refusals.
namespace millrace::load::words {

inline constexpr const char* kThen = " → ";  ///< between models that follow each other
std::string share(double probability);       ///< "72 %"

}  // namespace millrace::load::words
