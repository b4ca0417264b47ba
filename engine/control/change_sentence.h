// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/sentence.h"
#include "control.pb.h"

namespace millrace::control {

/// A revision in words: its number, who made it and why, and its first changes with the values before and after.
Sentence changeSentence(const v1::Revision& revision);

}  // namespace millrace::control
