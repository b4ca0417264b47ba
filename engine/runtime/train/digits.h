// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "runtime/train/options.h"

namespace millrace::train {

/// digits-s, digits-m, digits-l: dense networks that distinguish the ten digits, whatever font they are set in.
///
/// Makes them under `options.out`, says on stdout how good they became, and keeps that in their cards.
Status makeDigits(const Options& options);

}  // namespace millrace::train
