// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>

namespace millrace::http {

/// InvalidArgument with a specific HTTP status: 413, 431 …
[[gnu::cold]] inline Status httpRefusal(unsigned status, const std::string& message)
{
    return withHttpStatus(invalidArgument(message), status);
}

}  // namespace millrace::http
