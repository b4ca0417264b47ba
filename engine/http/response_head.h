// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// The parts of an HTTP/1.1 response around its body, as a server writes them. Pure. Thread: any.
///
///     std::string out = "HTTP/1.1 " + statusLine(200) + "Transfer-Encoding: chunked\r\n\r\n";
///     ChunkHead head;
///     out.append(head.write(part.size())).append(part).append("\r\n").append(kLastChunk);
namespace millrace::http {

/// "404 Not Found\r\n"
std::string statusLine(unsigned status);
/// 1xx, 204 and 304: the response ends with its head, whatever its fields say (RFC 9112, 6.3), and has no framing
/// fields.
bool hasNoBody(unsigned status);
/// "Tue, 15 Nov 1994 08:12:31 GMT"
std::string httpDate(std::int64_t unixSeconds);
/// Appends `value` without control characters, which could end the field (response splitting).
void appendFieldValue(std::string& out, std::string_view value);

/// The size line before a chunk's bytes; the caller adds CRLF after them, and kLastChunk after the last.
class ChunkHead {
public:
    /// Valid until the next call. REQUIRES: bytes > 0, since a chunk of 0 bytes ends the body.
    std::string_view write(std::size_t bytes);

private:
    std::array<char, 20> text_{};
};
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";

}  // namespace millrace::http
