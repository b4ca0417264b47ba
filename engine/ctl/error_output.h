// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>

/// What goes wrong, on standard error: a line "millracectl: …", or with --json one JSON object a line,
/// {"error": {"message": …, "code": …, "field": …, "exit": …}}. Texts are washed: a terminal obeys none of them.
namespace millrace::ctl {

/// From now on errors are JSON.
void printErrorsAsJson();
bool printsErrorsAsJson();
/// Says what is wrong and returns `code`, which is how the program ends.
int printError(const Status& status, int code);
int printError(const Status& status);  ///< kRefused

}  // namespace millrace::ctl
