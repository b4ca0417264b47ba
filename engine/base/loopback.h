// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>
#include <string_view>

/// Which addresses are reachable from this machine only: shared by the listeners and by the validation of the settings
/// that name their addresses.
///
///     const auto address = parseLoopback("127.0.0.1:11500");
///     if (!address.ok()) return address.status();
///     listenOn(address->ip(), address->port);                 // port 0: the system chooses one
///
/// Pure, no name resolution. Thread: any.
namespace millrace {

/// True for "localhost", 127.0.0.0/8 and ::1; `host` in lower case and without brackets.
bool isLoopback(std::string_view host);

struct ListenAddress {
    std::string host;  ///< an IP literal without brackets, or "localhost"
    std::uint16_t port = 0;

    /// As an IP literal: "localhost" becomes 127.0.0.1.
    std::string ip() const { return host == "localhost" ? "127.0.0.1" : host; }
};

/// Parses "127.0.0.1:11500", "[::1]:0" or "localhost:80". InvalidArgument if malformed; FailedPrecondition for an
/// address that other machines can reach, which needs TLS and API keys
/// (engine/docs/adr/0019-no-tls-towards-clients.md).
StatusOr<ListenAddress> parseLoopback(std::string_view text);

}  // namespace millrace
