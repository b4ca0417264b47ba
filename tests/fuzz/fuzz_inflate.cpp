// SPDX-License-Identifier: GPL-3.0-or-later
#include "fuzz.h"
#include "http/inflate.h"

#include <string>

using namespace millrace;

/// Packed bytes of a client in pieces: never more out than asked for, and always an end.
FUZZ_TARGET(inflate)
{
    constexpr std::size_t kMost = 1u << 16;
    fuzzing::Choices choices(bytes);
    http::Inflater inflater;
    std::string out;
    while (!bytes.empty()) {
        const auto piece = bytes.substr(0, choices.below(64) + 1);
        const std::size_t before = out.size();
        const std::size_t most = choices.below(512) + 1;
        const auto turn = inflater.inflate(piece, out, most);
        FUZZ_CHECK(out.size() - before <= most);
        if (!turn.ok() || turn->ended || out.size() > kMost) return;
        FUZZ_CHECK(turn->used <= piece.size());
        FUZZ_CHECK(turn->used > 0 || out.size() > before);
        bytes.remove_prefix(turn->used);
    }
}
