// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace millrace {

/// Where an upstream listens.
struct Endpoint {
    std::string host;  ///< name or address, IPv6 without brackets; begins with '/': the path of a Unix socket;
                       ///< empty: no endpoint
    std::string port;
    bool tls = false;

    bool operator==(const Endpoint&) const = default;
    std::string authority() const;  ///< "127.0.0.1:8080", "[::1]:80"; the scheme's own port is left out
    std::string address() const;    ///< "127.0.0.1:8080", always with the port, for people; empty: no endpoint
};

struct BaseUrl {
    Endpoint endpoint;
    std::string path;  ///< without a slash at its end; empty, "/v1", "/api/v3"
};

/// "http://127.0.0.1:8080", "https://host/v1", "127.0.0.1:8080" (http). InvalidArgument names what is wrong. The one
/// judge of such addresses: what the configuration takes, a backend can be made of.
StatusOr<BaseUrl> parseBaseUrl(std::string_view url);

}  // namespace millrace
