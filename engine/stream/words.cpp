// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/words.h"

namespace millrace::stream {

std::string countText(std::uint64_t count, const char* singular, const char* plural)
{
    return std::to_string(count) + ' ' + (count == 1 ? singular : plural);
}

}  // namespace millrace::stream
