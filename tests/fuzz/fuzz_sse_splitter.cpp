// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "stream/sse_splitter.h"

using namespace millrace;

/// However a stream is cut, it has the same events and ends at the same place.
FUZZ_TARGET(sse_splitter)
{
    fuzzing::Choices choices(bytes);
    for (const auto kind : {stream::SseSplitter::Kind::Events, stream::SseSplitter::Kind::Lines}) {
        stream::SseSplitter whole(kind);
        stream::SseSplitter cut(kind);
        const auto events = whole.feed(bytes);
        std::uint64_t counted = 0;
        for (std::size_t at = 0; at < bytes.size();) {
            const auto piece = bytes.substr(at, choices.below(9) + 1);
            counted += cut.feed(piece);
            at += piece.size();
        }
        FUZZ_CHECK(events == whole.events());
        FUZZ_CHECK(counted == events && cut.events() == events);
        FUZZ_CHECK(whole.atBoundary() == cut.atBoundary());
    }
}
