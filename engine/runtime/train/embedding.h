// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "runtime/train/options.h"

namespace millrace::train {

/// embed-mini: a table of vectors for hashed words and letter groups, learned so that WordNet's definitions lie near
/// the words, examples and neighbouring meanings they belong to.
///
/// Makes it under `options.out`, says on stdout how good they became, and keeps that in their cards.
Status makeEmbedding(const Options& options);

}  // namespace millrace::train
