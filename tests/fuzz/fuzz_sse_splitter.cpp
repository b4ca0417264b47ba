// SPDX-License-Identifier: GPL-3.0-or-later
#include "stream/sse_splitter.h"

#include <algorithm>
#include <cstdlib>

using namespace millrace;

/// However a stream is cut, it has the same events and ends at the same place.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0) return 0;
    const auto kind = data[0] % 2 == 0 ? stream::SseSplitter::Kind::Events : stream::SseSplitter::Kind::Lines;
    const std::size_t piece = data[0] / 2 + 1;
    const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
    stream::SseSplitter whole(kind);
    stream::SseSplitter cut(kind);
    const auto events = whole.feed(bytes);
    std::uint64_t counted = 0;
    for (std::size_t at = 0; at < bytes.size(); at += piece) counted += cut.feed(bytes.substr(at, piece));
    if (events != whole.events() || counted != events || cut.events() != events) std::abort();
    if (whole.atBoundary() != cut.atBoundary()) std::abort();
    return 0;
}
