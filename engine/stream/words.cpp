// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/words.h"

namespace millrace::stream {

std::string countText(std::uint64_t count, const char* one, const char* many)
{
    return std::to_string(count) + ' ' + (count == 1 ? one : many);
}

}  // namespace millrace::stream
