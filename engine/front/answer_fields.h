// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/http_request.h"
#include "front/http_text.h"
#include "serve/server_timing.h"

#include <array>
#include <charconv>

/// The header fields of answers, independent of the protocol. `Fields` writes them: begin(name) returns the string to
/// append the value to, end() completes the field.
namespace millrace::front {

/// Fields exposed to pages of allowed origins (CORS): those that OpenAI's and Anthropic's libraries read.
bool isExposed(std::string_view name);
/// Appends those `members` that the comma-separated `list` does not contain.
void addToList(std::string& list, std::string_view members);

template <typename Fields>
void addField(Fields& out, std::string_view name, std::string_view value)
{
    appendFieldValue(out.begin(name), value);
    out.end();
}

template <typename Fields>
void HttpRequest::addFields(Fields& out, const Reply& reply, std::optional<std::uint64_t> length, bool chunked,
                            std::string_view encoding)
{
    if (!reply.contentType.empty()) addField(out, "Content-Type", reply.contentType);
    std::string cache, vary, exposed;
    for (const auto& field : reply.fields) {
        if (equalsIgnoringCase(field.name, "vary"))
            addToList(vary, field.value);
        else if (equalsIgnoringCase(field.name, "cache-control"))
            addToList(cache, field.value);
        else if (!origin_.empty() && isExposed(field.name))
            addToList(exposed, field.name);
    }
    if (reply.events) {
        addToList(cache, "no-cache");
        addField(out, "X-Accel-Buffering", "no");
    }
    if (!cache.empty()) addField(out, "Cache-Control", cache);
    if (!encoding.empty()) {
        addField(out, "Content-Encoding", encoding);
        addToList(vary, "Accept-Encoding");
    }
    if (length) {
        std::array<char, 24> digits;
        out.begin("Content-Length")
            .append(digits.data(), std::to_chars(digits.data(), digits.data() + digits.size(), *length).ptr);
        out.end();
    } else if (chunked) {
        addField(out, "Transfer-Encoding", "chunked");
    }
    for (const auto& field : reply.fields)
        if (!equalsIgnoringCase(field.name, "vary") && !equalsIgnoringCase(field.name, "cache-control"))
            addField(out, field.name, field.value);
    addCommonFields(out, std::move(exposed), std::move(vary));
}

/// For event streams that begin with a heartbeat.
template <typename Fields>
void HttpRequest::addEventsFields(Fields& out, bool chunked)
{
    addField(out, "Content-Type", "text/event-stream; charset=utf-8");
    addField(out, "Cache-Control", "no-cache");
    addField(out, "X-Accel-Buffering", "no");
    if (chunked) addField(out, "Transfer-Encoding", "chunked");
    addCommonFields(out, {}, {});
}

/// For every answer.
template <typename Fields>
void HttpRequest::addCommonFields(Fields& out, std::string exposed, std::string vary)
{
    if (!origin_.empty()) {
        out.begin("Access-Control-Allow-Origin") += origin_;
        out.end();
        addToList(exposed, "x-request-id, retry-after, retry-after-ms, server-timing");
        addField(out, "Access-Control-Expose-Headers", exposed);
        addToList(vary, "Origin");
    }
    if (!vary.empty()) addField(out, "Vary", vary);
    if (requestId_.empty()) requestId_ = state_->nextRequestId();
    out.begin("x-request-id") += requestId_;
    out.end();
    // Only once the answer has begun: a heartbeat precedes it.
    if (call_ && call_->context().trace->answering()) {
        serve::appendServerTiming(out.begin("Server-Timing"), *call_->context().trace);
        out.end();
    }
}

}  // namespace millrace::front
