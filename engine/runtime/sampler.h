// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "runtime/random.h"

#include <cstddef>
#include <span>

namespace millrace::runtime {

/// The next token by its log weights: the likeliest at temperature 0, drawn otherwise, from the smallest set of
/// tokens whose probabilities reach `topP`.
std::size_t pickToken(std::span<const float> logits, double temperature, double topP, Random& random);

}  // namespace millrace::runtime
