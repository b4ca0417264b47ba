// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "pool/http_message.h"

#include <string>
#include <string_view>

namespace millrace::pool {

/// Fields that whoever sends a request writes itself, or that mean nothing beyond one connection.
bool writtenByUs(std::string_view name);

/// Nothing in it ends a line or its place: a line break in what is sent would be another request.
bool isClean(const HttpRequest& request);

/// The head of an HTTP/1.1 request as it is sent, into `head`, whose memory is used again: request line, Host, the
/// fields but those writtenByUs(), and Content-Length unless it is a GET or HEAD without a body. Pure.
void writeRequestHead(std::string& head, const HttpRequest& request, const std::string& authority);

}  // namespace millrace::pool
