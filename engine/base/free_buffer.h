// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace millrace {

/// Empties a text and gives its memory back. Assigning an empty one keeps the memory (libstdc++ copies its no bytes).
inline void freeBuffer(std::string& text)
{
    std::string().swap(text);
}

}  // namespace millrace
