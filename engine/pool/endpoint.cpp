// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/endpoint.h"

#include <string_view>

namespace millrace::pool {

StatusOr<Endpoint> parseEndpoint(const std::string& address)
{
    constexpr std::string_view kLocal = "unix:";
    if (address.starts_with(kLocal)) return Endpoint{address.substr(kLocal.size()), {}, false};
    const auto url = parseBaseUrl(address);
    if (!url.ok()) return url.status();
    return url->endpoint;
}

}  // namespace millrace::pool
