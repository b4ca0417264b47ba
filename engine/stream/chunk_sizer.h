// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>

namespace millrace::stream {

/// Chooses how many bytes go to a client at once, from how fast they went before.
///
/// A chunk should be on its way for kChunkTime: a fast client then gets large chunks (few calls, few frames), a slow
/// one small chunks, so that what it waits for is not stuck behind a megabyte. Steps by at most two, and only when the
/// aim is clearly elsewhere, so that a noisy measurement does not make it flutter.
class ChunkSizer {
public:
    static constexpr std::uint32_t kBytesMin = 4096, kBytesMax = 1u << 20;
    static constexpr Duration kChunkTime = 50ms;

    enum class SizeReason { Start, Steady, Faster, Slower, Fixed };

    /// `bytesMax`: lower than kBytesMax where the window asks for it. Not adaptive: stays at `start`.
    explicit ChunkSizer(std::uint32_t start, bool adaptive = true, std::uint32_t bytesMax = kBytesMax);

    /// `bytes` were taken by the network within `took`.
    void sent(std::size_t bytes, Duration took);
    std::uint32_t bytes() const { return bytes_; }
    SizeReason reason() const { return reason_; }
    double bytesPerSecond() const;  ///< measured; 0 before the first

private:
    std::uint32_t bytesMax_;
    bool adaptive_;
    std::uint32_t bytes_;
    SizeReason reason_;
    double recentBytes_ = 0;  // both decay alike, so that their ratio is the bandwidth of late
    double recentSeconds_ = 0;
};

const char* textOf(ChunkSizer::SizeReason why);

}  // namespace millrace::stream
