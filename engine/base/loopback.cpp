// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/loopback.h"

#include "base/letters.h"
#include "base/number.h"

#include <boost/asio/ip/address.hpp>

namespace millrace {

bool isLoopback(std::string_view host)
{
    if (host == "localhost") return true;
    boost::system::error_code ec;
    // make_address, not a prefix: "127.evil.example" begins like a loopback address too.
    const auto address = boost::asio::ip::make_address(std::string(host), ec);
    return !ec && address.is_loopback();
}

StatusOr<ListenAddress> parseLoopback(std::string_view text)
{
    const std::string shown(text);
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == text.size())
        return invalidArgument("'" + shown + "' is not an address; host:port is expected");
    const auto digits = text.substr(colon + 1);
    ListenAddress address;
    const auto port = readNumber<std::uint16_t>(digits);
    if (!port) return invalidArgument("'" + shown + "' has no port between 0 and 65535");
    address.port = *port;
    std::string_view host = text.substr(0, colon);
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    if (host.empty()) return invalidArgument("'" + shown + "' has no host");
    if (!bracketed && host.find(':') != std::string_view::npos)
        return invalidArgument("'" + shown + "' has an IPv6 address without brackets");
    address.host = lowered(host);
    if (!isLoopback(address.host) || bracketed != (address.host.find(':') != std::string::npos))
        return failedPrecondition("'" + shown +
                                  "' is reachable from other machines; without TLS and API keys only localhost, "
                                  "127.0.0.0/8 and [::1] are allowed");
    return address;
}

}  // namespace millrace
