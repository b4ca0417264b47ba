// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/chunk_sizer.h"

#include <algorithm>

namespace millrace::stream {

namespace {

constexpr double kKeep = 0.75;    // weight of what was measured before: about the last four writes count
constexpr double kClearly = 1.5;  // the aim must be this far off before the size moves
constexpr double kStepMax = 2.0;  // and it moves by no more than this
constexpr std::uint32_t kGrain = 4096;

std::uint32_t rounded(double bytes, std::uint32_t bytesMax)
{
    const double limited = std::clamp(bytes, double(ChunkSizer::kBytesMin), double(bytesMax));
    const auto grains = static_cast<std::uint32_t>(limited) / kGrain;
    return std::max(grains * kGrain, ChunkSizer::kBytesMin);
}

}  // namespace

ChunkSizer::ChunkSizer(std::uint32_t start, bool adaptive, std::uint32_t bytesMax)
    : bytesMax_(std::clamp(bytesMax, kBytesMin, kBytesMax)),
      adaptive_(adaptive),
      bytes_(std::clamp(start, kBytesMin, bytesMax_)),
      reason_(adaptive ? SizeReason::Start : SizeReason::Fixed)
{}

void ChunkSizer::sent(std::size_t bytes, Duration took)
{
    if (bytes == 0) return;
    // A write that only filled a buffer of the system takes next to no time; a microsecond keeps the ratio finite.
    const double seconds = std::max(std::chrono::duration<double>(took).count(), 1e-6);
    recentBytes_ = recentBytes_ * kKeep + static_cast<double>(bytes);
    recentSeconds_ = recentSeconds_ * kKeep + seconds;
    if (!adaptive_) return;

    const double aim = bytesPerSecond() * std::chrono::duration<double>(kChunkTime).count();
    const double now = bytes_;
    if (aim > now * kClearly) {
        const std::uint32_t next = rounded(std::min(aim, now * kStepMax), bytesMax_);
        reason_ = next > bytes_ ? SizeReason::Faster : SizeReason::Steady;
        bytes_ = std::max(next, bytes_);
    } else if (aim < now / kClearly) {
        const std::uint32_t next = rounded(std::max(aim, now / kStepMax), bytesMax_);
        reason_ = next < bytes_ ? SizeReason::Slower : SizeReason::Steady;
        bytes_ = std::min(next, bytes_);
    } else {
        reason_ = SizeReason::Steady;
    }
}

double ChunkSizer::bytesPerSecond() const
{
    return recentSeconds_ > 0 ? recentBytes_ / recentSeconds_ : 0;
}

const char* textOf(ChunkSizer::SizeReason why)
{
    switch (why) {
        case ChunkSizer::SizeReason::Start:
            return "not measured yet";
        case ChunkSizer::SizeReason::Steady:
            return "fits the bandwidth";
        case ChunkSizer::SizeReason::Faster:
            return "the client takes more";
        case ChunkSizer::SizeReason::Slower:
            return "the client takes less";
        case ChunkSizer::SizeReason::Fixed:
            return "as configured";
    }
    return "";
}

}  // namespace millrace::stream
