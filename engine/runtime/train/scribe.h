// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "runtime/train/options.h"

namespace millrace::train {

/// scribe: a recurrent network that writes on, letter by letter, in the manner of the licences Debian ships.
///
/// Makes it under `options.out`, says on stdout how good they became, and keeps that in their cards.
Status makeScribe(const Options& options);

}  // namespace millrace::train
