// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/printf.h"

#include <array>
#include <cstdarg>
#include <cstdio>

namespace millrace {

std::string formatted(const char* format, ...)
{
    std::array<char, 1024> text;
    std::va_list values;
    va_start(values, format);
    std::vsnprintf(text.data(), text.size(), format, values);
    va_end(values);
    return text.data();
}

}  // namespace millrace
