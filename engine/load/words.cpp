// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/words.h"

#include <cmath>

namespace millrace::load::words {

std::string share(double probability)
{
    return std::to_string(std::lround(100 * probability)) + " %";
}

}  // namespace millrace::load::words
