// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <string_view>

namespace millrace {

/// The transport address of an upstream server. A plain value; nothing is resolved or connected here.
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

/// Parses a backend's URL: "http://127.0.0.1:8080", "https://host/v1", or "127.0.0.1:8080" (http). A missing port
/// becomes that of the scheme. The configuration and the backends share this parser, so that every URL which validates
/// can also be used. InvalidArgument says which part is malformed.
///
///     auto base = parseBaseUrl("http://127.0.0.1:8080/v1");
///     if (!base.ok()) return base.status();
///     connectTo(base->endpoint);                      // 127.0.0.1, port "8080"
///     request.target = base->path + "/models";        // "/v1/models"
///
/// Pure. Thread: any.
StatusOr<BaseUrl> parseBaseUrl(std::string_view url);

}  // namespace millrace
