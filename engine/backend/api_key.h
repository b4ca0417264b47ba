// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>

namespace millrace::backend {

/// The API key in the environment variable `variable`, without surrounding white space (tools leave line breaks at its
/// end).
/// NotFound: the variable is not set or empty. InvalidArgument: it contains characters that are not allowed in an HTTP
/// header field. Error messages never contain any part of the key. Thread: any.
StatusOr<std::string> readApiKey(const std::string& variable);

}  // namespace millrace::backend
