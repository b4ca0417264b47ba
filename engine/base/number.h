// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace millrace {

/// Parses the whole of `text` as a number, independent of the locale: digits, with a minus if Number is signed; for
/// floats also a decimal point and an exponent. Empty: anything else (spaces and a plus included), or out of range.
///
///     const auto port = readNumber<std::uint16_t>("11500");
///
/// Pure. Thread: any.
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
