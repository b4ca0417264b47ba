// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/text.h"

#include <cstdio>
#include <string>

namespace millrace::batch {

/// A sentence with numbers in it, at most 255 bytes; washed, since texts from outside may be cut in it.
template <typename... Values>
std::string formatText(const char* format, Values... values)
{
    char buffer[256];
    std::snprintf(buffer, sizeof buffer, format, values...);
    return washed(std::string(buffer));
}

}  // namespace millrace::batch
