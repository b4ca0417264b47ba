// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control.pb.h"

#include <string>

namespace millrace::control {

/// As events and millrace.db have it: "console", "millracectl" …; empty: another program.
std::string authorWord(v1::Author author);
/// Unspecified for a word that is none of them.
v1::Author authorOf(const std::string& word);

}  // namespace millrace::control
