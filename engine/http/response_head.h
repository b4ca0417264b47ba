// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// What a server writes of HTTP/1.1 around a body. Pure.
namespace millrace::http {

/// "404 Not Found\r\n"
std::string statusLine(unsigned status);
/// Answers that end with their head, whatever their fields say (RFC 9112, 6.3): no body, and no framing of one.
bool hasNoBody(unsigned status);
/// "Tue, 15 Nov 1994 08:12:31 GMT"
std::string httpDate(std::int64_t unixSeconds);
/// Without what could end a field or be none of its text.
void appendFieldValue(std::string& out, std::string_view value);

/// The line before a chunk's bytes; kLastChunk ends them.
class ChunkHead {
public:
    std::string_view write(std::size_t bytes);

private:
    std::array<char, 20> text_{};
};
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace millrace::http
