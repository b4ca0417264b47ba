// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <bit>
#include <cstdint>
#include <cstring>

/// Eight characters looked at as one number, for texts that every request brings. Pure. Thread: any.
/// Source: Hacker's Delight, 6-1, "Find First 0-Byte".
namespace millrace::eight {

static_assert(std::endian::native == std::endian::little);  // the first character is the lowest byte

inline constexpr std::uint64_t kOnes = 0x0101010101010101ull;   ///< of each byte the lowest bit
inline constexpr std::uint64_t kHighs = 0x8080808080808080ull;  ///< of each byte the top bit

inline std::uint64_t load(const char* at)
{
    std::uint64_t bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/// Of four characters; the others are zero.
inline std::uint64_t loadFour(const char* at)
{
    std::uint32_t bytes;
    std::memcpy(&bytes, at, sizeof bytes);
    return bytes;
}

/// The top bits of the bytes that are less than `limit`, 1 to 128. Zero: there is none. The lowest one is true; a
/// borrow may add false ones above it.
constexpr std::uint64_t below(std::uint64_t bytes, std::uint64_t limit)
{
    return (bytes - kOnes * limit) & ~bytes & kHighs;
}

}  // namespace millrace::eight
