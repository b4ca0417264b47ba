// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/raw_json.h"

#include <algorithm>
#include <limits>

namespace millrace::batch {

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t value = 0;
    if (text.empty()) return std::nullopt;
    for (const char c : text) {
        if (c < '0' || c > '9' || value > (std::numeric_limits<std::uint64_t>::max() - 9) / 10) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(c - '0');
    }
    return value;
}

const RawField* find(const std::vector<RawField>& fields, std::string_view key)
{
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const RawField& field) { return field.key == key; });
    return found == fields.end() ? nullptr : &*found;
}

}  // namespace millrace::batch
