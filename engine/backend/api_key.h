// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>

namespace millrace::backend {

/// The key in the environment variable `variable`, without the white space around it: files and tools leave line breaks
/// at its end. NotFound: the variable is not set, or holds nothing. InvalidArgument: it holds characters that no header
/// field of HTTP can carry. No message has a part of the key. Thread: any.
StatusOr<std::string> readApiKey(const std::string& variable);

}  // namespace millrace::backend
