// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/request_text.h"

#include "base/eight_bytes.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace millrace::pool {

namespace {

bool breaksLines(std::string_view text)
{
    // CR and LF are below 14.
    const auto mayBreak = [](const char* at) { return eight::below(eight::load(at), 14) != 0; };
    if (text.size() >= 8) {
        const char* const last = text.data() + text.size() - 8;  // overlaps bytes checked before
        while (text.size() >= 8 && !mayBreak(text.data())) text.remove_prefix(8);
        if (text.size() < 8 && !mayBreak(last)) return false;
    }
    return std::any_of(text.begin(), text.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

}  // namespace

bool writtenByUs(std::string_view name)
{
    constexpr std::array<std::string_view, 8> kNames = {
        "host", "connection", "content-length", "transfer-encoding", "keep-alive", "te", "upgrade", "proxy-connection"};
    constexpr std::uint32_t kSizes = [&] {
        std::uint32_t sizes = 0;
        for (const std::string_view ours : kNames) sizes |= 1u << ours.size();
        return sizes;
    }();
    if (name.size() >= 32 || (kSizes >> name.size() & 1) == 0) return false;
    return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view ours) { return http::sameName(ours, name); });
}

bool isClean(const HttpRequest& request)
{
    if (request.method.empty() || request.target.empty() || breaksLines(request.method) ||
        request.target.find(' ') != std::string::npos || breaksLines(request.target))
        return false;
    const bool mayBreak = breaksLines(request.fields.text());  // may be in an erased field
    return std::all_of(request.fields.begin(), request.fields.end(), [&](const HttpField& field) {
        return !field.name.empty() && !(mayBreak && (breaksLines(field.name) || breaksLines(field.value)));
    });
}

void writeRequestHead(std::string& head, const HttpRequest& request, const std::string& authority)
{
    constexpr std::string_view kHost = " HTTP/1.1\r\nHost: ", kLength = "Content-Length: ", kLine = "\r\n";
    constexpr std::size_t kDigits = std::numeric_limits<std::size_t>::digits10 + 1;
    // Written in place: appending small pieces would be a tenth of a request's cost here.
    std::size_t size = request.method.size() + 1 + request.target.size() + kHost.size() + authority.size() +
                       kLength.size() + kDigits + 3 * kLine.size();
    for (const HttpField field : request.fields) size += field.name.size() + 2 + field.value.size() + kLine.size();
    head.resize(size);
    char* to = head.data();
    const auto add = [&to](std::string_view text) { to = std::copy(text.begin(), text.end(), to); };
    add(request.method);
    *to++ = ' ';
    add(request.target);
    add(kHost);
    add(authority);
    add(kLine);
    for (const HttpField field : request.fields) {
        if (writtenByUs(field.name)) continue;
        add(field.name);
        add(": ");
        add(field.value);
        add(kLine);
    }
    const bool bodiless = request.body.empty() && (request.method == "GET" || request.method == "HEAD");
    if (!bodiless) {
        add(kLength);
        to = std::to_chars(to, to + kDigits, request.body.size()).ptr;
        add(kLine);
    }
    add(kLine);
    head.resize(static_cast<std::size_t>(to - head.data()));
}

}  // namespace millrace::pool
