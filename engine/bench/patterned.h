// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "bench/model_sequence.h"

#include <cstdint>
#include <vector>

namespace millrace::bench {

/// What an agent sends that goes through a loop of models, now and then straying: single requests, and runs.
std::vector<ModelSequence> patternedSequences(std::uint64_t seed);

}  // namespace millrace::bench
