// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/http_message.h"

#include <string>
#include <string_view>

namespace millrace::pool {

/// Fields that the connection writes itself, or that are hop-by-hop: dropped from HttpRequest::fields.
bool writtenByUs(std::string_view name);

/// True if method, target and fields contain no line breaks or other delimiters (request splitting).
bool isClean(const HttpRequest& request);

/// Writes an HTTP/1.1 request's head to `head`, whose memory is reused: request line, Host, the fields except
/// writtenByUs(), and Content-Length unless it is a GET or HEAD without a body. REQUIRES: isClean(request). Pure.
void writeRequestHead(std::string& head, const HttpRequest& request, const std::string& authority);

}  // namespace millrace::pool
