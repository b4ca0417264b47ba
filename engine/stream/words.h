// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

/// Figures as decisions word them.
namespace millrace::stream {

std::string countText(std::uint64_t count, const char* singular, const char* plural);  // "1 pause", "3 pauses"

}  // namespace millrace::stream
