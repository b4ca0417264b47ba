// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <cstddef>
#include <cstdint>

namespace millrace::stream {

/// Adapts the size of chunks to a client's measured bandwidth.
///
/// The target is that a chunk takes kChunkTime: fast clients get large chunks (few calls, few frames), slow ones small
/// chunks, for latency. Changes by at most a factor of two at a time, and only if the target differs clearly, so that
/// noise does not cause oscillation.
///
///     const auto began = clock.now();
///     co_await sink.write(bytes.substr(0, sizer.bytes()));
///     sizer.sent(sizer.bytes(), clock.now() - began);
///
/// Pure. Thread: one.
class ChunkSizer {
public:
    static constexpr std::uint32_t kBytesMin = 4096, kBytesMax = 1u << 20;
    static constexpr Duration kChunkTime = 50ms;

    enum class SizeReason { Start, Steady, Faster, Slower, Fixed };

    /// `bytesMax`: an upper bound below kBytesMax, such as the window. Not adaptive: stays at `start`.
    explicit ChunkSizer(std::uint32_t start, bool adaptive = true, std::uint32_t bytesMax = kBytesMax);

    /// `bytes` were accepted by the network within `took`.
    void sent(std::size_t bytes, Duration took);
    std::uint32_t bytes() const { return bytes_; }
    SizeReason reason() const { return reason_; }
    double bytesPerSecond() const;  ///< measured; 0: not yet

private:
    std::uint32_t bytesMax_;
    bool adaptive_;
    std::uint32_t bytes_;
    SizeReason reason_;
    double recentBytes_ = 0;  // both decay equally: their ratio is the recent bandwidth
    double recentSeconds_ = 0;
};

const char* textOf(ChunkSizer::SizeReason why);

}  // namespace millrace::stream
