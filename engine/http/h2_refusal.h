// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace millrace::http {

/// Refuses a fresh HTTP/2 connection: sends SETTINGS and a GOAWAY with ENHANCE_YOUR_CALM and `why`, without blocking.
/// The caller closes `socket` right after. Thread: any.
void refuseH2(int socket, std::string_view why);

}  // namespace millrace::http
