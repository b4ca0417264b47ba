// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstdint>
#include <string>

/// Figures as the story of a request tells them.
namespace millrace::stream {

std::string bytesText(double bytes);                                            // "812 B", "48 KB", "1.5 MB"
std::string spanText(Duration span);                                            // "0.4 ms", "320 ms", "1.4 s"
std::string percentText(double share);                                          // "71 %"
std::string countText(std::uint64_t count, const char* one, const char* many);  // "1 pause", "3 pauses"

}  // namespace millrace::stream
