// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"
#include "http/request_head.h"

namespace millrace::http {

/// A request's head of HTTP/2 as one of any version: who is meant is a Host field, as often as it is said differently
/// (:authority and Host; RFC 9113, 8.3.1). `head` is empty before.
void readHead(const HttpFields& fields, RequestHead& head);

}  // namespace millrace::http
