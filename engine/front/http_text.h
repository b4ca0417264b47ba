// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "http/request_head.h"
#include "http/response_head.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Small readings and writings of HTTP's fields. Pure.
namespace millrace::front {

using http::appendFieldValue;
using http::hasNoBody;
using http::hasToken;
using http::httpDate;
using http::RequestHead;
using http::statusLine;

inline bool equalsIgnoringCase(std::string_view left, std::string_view right)
{
    return http::sameName(left, right);
}
/// "%2F" to "/"; empty: a broken escape, or a zero byte.
std::optional<std::string> percentDecoded(std::string_view text);
/// For messages and names: printable ASCII only, at most `most` characters.
std::string printable(std::string_view text, std::size_t most);

bool isEventStream(std::string_view contentType);
/// gzip, x-gzip or deflate.
bool isGzip(std::string_view contentEncoding);
/// Accept-Encoding with gzip (or "*") that is not refused by q=0.
bool acceptsGzip(std::string_view acceptEncoding);

/// An id of a client that we repeat: short, and of letters, digits, "-", "_", ".", ":".
bool isValidRequestId(std::string_view id);
/// "OpenAI/JS · 51422": who asks, as people know it. `otherwise`: for clients that do not say.
std::string clientName(std::string_view agent, std::string_view otherwise, std::uint16_t port);
/// X-Request-Timeout-Ms, or the seconds of x-stainless-timeout; empty: neither, or no sensible number.
std::optional<Duration> clientTimeout(const RequestHead& head);
/// X-Millrace-Priority, from -kPriorityMax to kPriorityMax; empty text: 0. InvalidArgument names the field.
StatusOr<int> clientPriority(std::string_view text);
/// "3 s", "less than a second"
std::string aboutSeconds(Duration span);

}  // namespace millrace::front
