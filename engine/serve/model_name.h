// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string_view>

namespace millrace::serve {

/// Validates a model name or version from a client: UTF-8 of at most kNameBytesMax bytes without control or invisible
/// characters. REQUIRES: called before a name is stored, logged or compared. InvalidArgument with `field`; its message
/// quotes only a washed part. Pure. Thread: any.
Status checkName(std::string_view name, const char* field = "model");

}  // namespace millrace::serve
