// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/random.h"

#include <cstddef>
#include <span>

namespace millrace::runtime {

/// Samples the next token: the most likely one at temperature 0, otherwise from the smallest set of tokens whose
/// probabilities reach `topP` (nucleus sampling). REQUIRES: `logits` is not empty. Pure, except for `random`.
std::size_t pickToken(std::span<const float> logits, double temperature, double topP, Random& random);

}  // namespace millrace::runtime
