// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace millrace::batch {

/// A rough value for most languages and tokenizers.
inline constexpr std::uint64_t kBytesPerToken = 4;

/// Estimated tokens of a quoted text.
inline std::uint64_t textTokens(std::string_view quoted)
{
    const std::uint64_t bytes = quoted.size() >= 2 ? quoted.size() - 2 : 0;
    return std::max<std::uint64_t>(1, (bytes + kBytesPerToken - 1) / kBytesPerToken);
}

}  // namespace millrace::batch
