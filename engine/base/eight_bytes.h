// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

/// SWAR: tests eight characters at a time in a 64-bit word, for text that every request brings (headers, JSON). Little
/// endian only. Pure. Thread: any.
/// Source: Hacker's Delight, 6-1, "Find First 0-Byte".
namespace millrace::eight {

static_assert(std::endian::native == std::endian::little);  // the first character is the lowest byte

inline constexpr std::uint64_t kOnes = 0x0101010101010101ull;   ///< the lowest bit of each byte
inline constexpr std::uint64_t kHighs = 0x8080808080808080ull;  ///< the top bit of each byte

/// REQUIRES: eight bytes are readable at `at`; no alignment is needed.
inline std::uint64_t load(const char* at)
{
    std::uint64_t bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/// Four characters; the upper half is zero. REQUIRES: four bytes are readable.
inline std::uint64_t loadFour(const char* at)
{
    std::uint32_t bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/// Sets the top bit of each byte that is less than `limit`; 0: no byte is. Only the lowest set bit is reliable, since a
/// borrow may set bits above it. REQUIRES: 1 <= limit <= 128.
constexpr std::uint64_t below(std::uint64_t bytes, std::uint64_t limit)
{
    return (bytes - kOnes * limit) & ~bytes & kHighs;
}

}  // namespace millrace::eight
