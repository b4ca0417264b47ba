// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace millrace::bench {

/// What a request wants of the upstream, by fields of its JSON body.
struct Wish {
    bool stream = false;            ///< "stream": server-sent events instead of one answer
    unsigned tokens = 16;           ///< "max_tokens": events of a stream, at most kTokensMax
    unsigned gapMs = 0;             ///< "gap_ms": between events, at most kGapMsMax; the first comes at once
    std::size_t answerBytes = 200;  ///< "answer_bytes": of a whole answer, at most kAnswerBytesMax

    static constexpr unsigned kTokensMax = 1'000'000;
    static constexpr unsigned kGapMsMax = 60'000;
    static constexpr std::size_t kAnswerBytesMax = 64u << 20;
};

/// Reads a wish from the beginning of a body. Not a JSON reader: it looks for the fields, so that it costs next to
/// nothing and takes what a gateway made of the body, with or without spaces.
Wish wishOf(std::string_view body);

/// An event as the upstream sends it: a chunk of a chat whose field "t" is when it was sent, by CLOCK_MONOTONIC in ns.
std::string tokenEvent(std::uint64_t sentNs);
/// Finds that time in an event; 0: there is none.
std::uint64_t sentAt(std::string_view event);

/// CLOCK_MONOTONIC, ns: one clock for all programs of a machine.
std::uint64_t monotonicNs();

/// `millrace-bench upstream`: an OpenAI server that computes nothing. One thread, until it is stopped.
int upstreamMain(int argc, char** argv);

}  // namespace millrace::bench
