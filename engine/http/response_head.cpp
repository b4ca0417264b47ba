// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/response_head.h"

#include "http/beast.h"

#include <algorithm>
#include <charconv>
#include <ctime>

namespace millrace::http {

std::string statusLine(unsigned status)
{
    std::string line = std::to_string(status);
    line += ' ';
    // Without a phrase if none is registered (RFC 9112, 4).
    if (const auto known = beast::int_to_status(status); known != beast::status::unknown) {
        const auto reason = beast::obsolete_reason(known);
        line.append(reason.data(), reason.size());
    }
    return line + "\r\n";
}

bool hasNoBody(unsigned status)
{
    return status < 200 || status == 204 || status == 304;
}

std::string httpDate(std::int64_t unixSeconds)
{
    constexpr std::array<const char*, 7> kDays = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    constexpr std::array<const char*, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const std::time_t seconds = static_cast<std::time_t>(unixSeconds);
    std::tm parts{};
    ::gmtime_r(&seconds, &parts);
    const auto two = [](int number) {
        return std::string{static_cast<char>('0' + number / 10 % 10), static_cast<char>('0' + number % 10)};
    };
    return std::string(kDays[static_cast<std::size_t>(parts.tm_wday)]) + ", " + two(parts.tm_mday) + " " +
           kMonths[static_cast<std::size_t>(parts.tm_mon)] + " " + std::to_string(parts.tm_year + 1900) + " " +
           two(parts.tm_hour) + ":" + two(parts.tm_min) + ":" + two(parts.tm_sec) + " GMT";
}

void appendFieldValue(std::string& out, std::string_view value)
{
    const auto isFine = [](char c) { return c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f'); };
    if (std::all_of(value.begin(), value.end(), isFine)) {
        out += value;
        return;
    }
    for (const char c : value)
        if (c == '\t' || static_cast<unsigned char>(c) >= 0x20) out += c == '\x7f' ? ' ' : c;
}

std::string_view ChunkHead::write(std::size_t bytes)
{
    char* end = std::to_chars(text_.data(), text_.data() + 16, bytes, 16).ptr;
    *end++ = '\r';
    *end++ = '\n';
    return {text_.data(), static_cast<std::size_t>(end - text_.data())};
}

}  // namespace millrace::http
