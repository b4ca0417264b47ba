// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>
#include <string_view>

/// Which addresses are of this machine alone, for all who listen and for the settings that say where. Pure.
namespace millrace {

/// "localhost", 127.0.0.0/8 or ::1, without brackets.
bool isLoopback(std::string_view host);

struct ListenAddress {
    std::string host;  ///< an IP literal without brackets, or "localhost"
    std::uint16_t port = 0;

    /// What sockets take: "localhost" is 127.0.0.1.
    std::string ip() const { return host == "localhost" ? "127.0.0.1" : host; }
};

/// "127.0.0.1:11500", "[::1]:0", "localhost:80". InvalidArgument, or FailedPrecondition for an address that others can
/// reach: without TLS and keys the engine stays on this machine.
StatusOr<ListenAddress> parseLoopback(std::string_view text);

}  // namespace millrace
