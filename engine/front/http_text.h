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

/// Parsing and formatting of header field values. Pure. Thread: any.
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
/// Decodes percent escapes; nullopt: a malformed escape, or a zero byte.
std::optional<std::string> percentDecoded(std::string_view text);
/// Printable ASCII only, at most `most` characters: for messages and names.
[[gnu::cold]] std::string printable(std::string_view text, std::size_t most);

bool isEventStream(std::string_view contentType);
/// True for gzip, x-gzip and deflate.
bool isGzip(std::string_view contentEncoding);
/// True if Accept-Encoding admits gzip (or "*"), with a weight other than 0.
bool acceptsGzip(std::string_view acceptEncoding);

/// True for client ids that are echoed: short, and of letters, digits, "-", "_", ".", ":".
bool isValidRequestId(std::string_view id);
/// The display name of a client, "OpenAI/JS · 51422". `otherwise`: the name for clients without a User-Agent.
std::string clientName(std::string_view agent, std::string_view otherwise, std::uint16_t port);
/// X-Request-Timeout-Ms, or x-stainless-timeout (seconds); nullopt: neither, or not a valid number.
std::optional<Duration> clientTimeout(const RequestHead& head);
/// X-Millrace-Priority, from -kPriorityMax to kPriorityMax; empty: 0. InvalidArgument with the field.
StatusOr<int> clientPriority(std::string_view text);
/// "3 s", "less than a second"
std::string aboutSeconds(Duration span);

}  // namespace millrace::front
