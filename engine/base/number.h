// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace millrace {

/// All of `text` as a number, in any locale: digits, a minus where Number has a sign; a float also with a point and an
/// exponent. Empty: it is something else (spaces and a plus are), or does not fit.   Pure.
template <typename Number>
std::optional<Number> readNumber(std::string_view text)
{
    Number value{};
    const char* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, value);
    if (error != std::errc{} || end != last) return std::nullopt;
    return value;
}

}  // namespace millrace
