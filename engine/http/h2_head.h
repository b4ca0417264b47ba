// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"
#include "http/request_head.h"

namespace millrace::http {

/// Converts an HTTP/2 request's fields into a version-independent head: :authority becomes a Host field, beside an
/// existing one only if they differ (RFC 9113, 8.3.1), so that the caller can refuse it. REQUIRES: `head` is cleared.
void readHead(const HttpFields& fields, RequestHead& head);

}  // namespace millrace::http
