// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

namespace millrace {

/// Clears `text` and frees its memory, which neither clear() nor assigning an empty string does in libstdc++.
inline void freeBuffer(std::string& text)
{
    std::string().swap(text);
}

}  // namespace millrace
