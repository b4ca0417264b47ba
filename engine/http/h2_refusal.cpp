// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/h2_refusal.h"

#include <array>
#include <string>
#include <sys/socket.h>

namespace millrace::http {

namespace {

/// An HTTP/2 frame on stream 0 (RFC 9113, 4.1).
std::string frameOf(char type, const std::string& payload)
{
    const auto size = payload.size();
    std::string out{static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size), type};
    return out.append(5, '\0') + payload;
}

}  // namespace

void refuseH2(int socket, std::string_view why)
{
    // GOAWAY: the last stream served is 0, ENHANCE_YOUR_CALM, the reason (RFC 9113, 6.8).
    std::string reason{'\0', '\0', '\0', '\0', '\0', '\0', '\0', '\x0b'};
    reason += why;
    const std::string answer = frameOf('\x04', "") + frameOf('\x07', reason);
    static_cast<void>(::send(socket, answer.data(), answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT));
    ::shutdown(socket, SHUT_WR);
    // Unread input would turn close() into a reset, which discards the answer. A client's first bytes are few.
    std::array<char, 4096> unread;
    static_cast<void>(::recv(socket, unread.data(), unread.size(), MSG_DONTWAIT));
}

}  // namespace millrace::http
