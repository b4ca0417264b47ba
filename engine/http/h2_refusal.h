// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string_view>

namespace millrace::http {

/// Says on a fresh connection that nothing will be served, and why: SETTINGS, GOAWAY of ENHANCE_YOUR_CALM. Does not
/// wait; `socket` is the caller's to close, right after. Thread: any.
void refuseH2(int socket, std::string_view why);

}  // namespace millrace::http
