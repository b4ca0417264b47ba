// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>

namespace millrace::http {

/// A request is refused in HTTP's own terms: 413, 431 …
inline Status httpRefusal(unsigned status, const std::string& message)
{
    return withHttpStatus(invalidArgument(message), status);
}

}  // namespace millrace::http
