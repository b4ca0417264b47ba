// SPDX-License-Identifier: GPL-3.0-or-later
#include "base/base_url.h"

#include "base/letters.h"
#include "base/number.h"

#include <boost/asio/ip/address_v6.hpp>

#include <algorithm>
#include <cctype>

namespace millrace {

namespace {

std::string bracketed(const std::string& host)
{
    return host.find(':') == std::string::npos ? host : "[" + host + "]";
}

}  // namespace

std::string Endpoint::authority() const
{
    if (host.starts_with('/')) return "localhost";
    return port == (tls ? "443" : "80") ? bracketed(host) : bracketed(host) + ":" + port;
}

std::string Endpoint::address() const
{
    if (host.empty()) return {};
    if (host.starts_with('/')) return "unix:" + host;
    return bracketed(host) + ":" + port;
}

StatusOr<BaseUrl> parseBaseUrl(std::string_view url)
{
    const std::string whole(url);
    const auto wrong = [&](const char* what) { return invalidArgument("address \"" + whole + "\": " + what); };
    BaseUrl out;
    if (const auto scheme = url.find("://"); scheme != std::string_view::npos) {
        const std::string name = lowered(url.substr(0, scheme));
        if (name != "http" && name != "https") return wrong("only http and https are supported");
        out.endpoint.tls = name == "https";
        url.remove_prefix(scheme + 3);
    }
    const bool clean =
        std::none_of(url.begin(), url.end(), [](unsigned char letter) { return letter <= ' ' || letter == 127; });
    if (!clean) return wrong("it has a space or a control character");
    if (url.find_first_of("?#@") != std::string_view::npos) return wrong("query, fragment and user are not supported");
    if (url.find_first_of("\"<>\\^`{|}") != std::string_view::npos)
        return wrong("it has a character that is not allowed in an address");
    std::string_view authority = url.substr(0, url.find('/'));
    std::string_view path = url.substr(authority.size());
    while (!path.empty() && path.back() == '/') path.remove_suffix(1);
    out.path = std::string(path);

    std::string_view port;
    if (!authority.empty() && authority.front() == '[') {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return wrong("the bracket is not closed");
        out.endpoint.host = std::string(authority.substr(1, end - 1));
        boost::system::error_code notOne;
        boost::asio::ip::make_address_v6(out.endpoint.host, notOne);
        if (notOne) return wrong("the brackets do not hold an IPv6 address");
        authority.remove_prefix(end + 1);
        if (!authority.empty() && authority.front() != ':') return wrong("only a port may follow the bracket");
        if (authority == ":") return wrong("a port must follow the colon");
        if (!authority.empty()) port = authority.substr(1);
    } else {
        const auto colon = authority.find(':');
        out.endpoint.host = std::string(authority.substr(0, colon));
        if (colon != std::string_view::npos) port = authority.substr(colon + 1);
        if (colon != std::string_view::npos && port.empty()) return wrong("a port must follow the colon");
        if (port.find(':') != std::string_view::npos) return wrong("an IPv6 address needs brackets");
    }
    if (out.endpoint.host.empty()) return wrong("it has no host");
    if (out.endpoint.host.find_first_of("[]") != std::string::npos) return wrong("brackets are for IPv6 addresses");
    if (port.empty()) {
        out.endpoint.port = out.endpoint.tls ? "443" : "80";
    } else {
        const unsigned number = readNumber<std::uint16_t>(port).value_or(0);
        if (number == 0) return wrong("the port is not a number from 1 to 65535");
        out.endpoint.port = std::to_string(number);
    }
    return out;
}

}  // namespace millrace
