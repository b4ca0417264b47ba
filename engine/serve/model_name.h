// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string_view>

namespace millrace::serve {

/// The one rule for what a client calls a model or a version, before anything else is done with it: UTF-8,
/// kNameBytesMax bytes at most, no control or invisible characters. InvalidArgument with `field`, which never repeats
/// more than a washed part. Pure. Thread: any.
Status checkName(std::string_view name, const char* field = "model");

}  // namespace millrace::serve
