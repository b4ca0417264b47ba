// SPDX-License-Identifier: GPL-3.0-or-later
#include "kserve_round.h"

#include <charconv>

/// The first line is the Inference-Header-Content-Length, what follows is the body.
FUZZ_TARGET(kserve_binary)
{
    std::size_t jsonBytes = 0;
    const auto [end, error] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), jsonBytes);
    if (error != std::errc() || end == bytes.data() + bytes.size() || *end != '\n') return;
    std::string body(bytes.substr(static_cast<std::size_t>(end - bytes.data()) + 1));
    millrace::fuzzing::kserveRound(body, jsonBytes);
}
