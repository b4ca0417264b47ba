// SPDX-License-Identifier: GPL-3.0-or-later
#include "kserve_round.h"

/// A body of JSON alone.
FUZZ_TARGET(kserve_json)
{
    std::string body(bytes);
    millrace::fuzzing::kserveRound(body, std::nullopt);
    std::string index(bytes);
    (void)millrace::front::readIndexRequest(index);
}
