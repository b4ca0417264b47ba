// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/hosts.h"

#include "http/fields.h"

#include <boost/asio/ip/address.hpp>

#include <algorithm>
#include <charconv>

namespace millrace::http {

namespace {

bool isLoopback(const std::string& host)
{
    std::string_view bare = host;
    const bool bracketed = bare.size() > 2 && bare.front() == '[' && bare.back() == ']';
    if (bracketed) bare = bare.substr(1, bare.size() - 2);
    boost::system::error_code ec;
    // make_address, not a prefix: "127.evil.example" begins like a loopback address too.
    const auto address = boost::asio::ip::make_address(std::string(bare), ec);
    return !ec && address.is_loopback() && address.is_v6() == bracketed;
}

bool endsWithPort(std::string_view rest)
{
    if (rest.empty()) return true;
    return rest.front() == ':' && rest.size() <= 6 &&
           std::all_of(rest.begin() + 1, rest.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::string hostOf(std::string_view authority)
{
    std::string_view host;
    if (authority.starts_with('[')) {
        const auto end = authority.find(']');
        if (end == std::string_view::npos) return {};
        host = authority.substr(0, end + 1);
    } else {
        host = authority.substr(0, authority.find(':'));
    }
    if (host.empty() || !endsWithPort(authority.substr(host.size()))) return {};
    if (host.back() == '.') host.remove_suffix(1);
    std::string out(host);
    for (char& c : out) {
        const bool fine = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
                          c == '-' || c == '_' || c == ':' || c == '[' || c == ']';
        if (!fine) return {};
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return out;
}

bool hostAllowed(std::string_view authority, const std::vector<std::string>& allowed)
{
    const std::string host = hostOf(authority);
    if (host.empty()) return false;
    if (host == "localhost" || host.ends_with(".localhost") || isLoopback(host)) return true;
    return std::any_of(allowed.begin(), allowed.end(), [&](const std::string& name) { return sameName(name, host); });
}

bool originAllowed(std::string_view origin, const std::vector<std::string>& allowed)
{
    if (sameName(origin, "null")) return false;
    const auto scheme = origin.find("://");
    if (scheme == std::string_view::npos) return false;
    const auto name = origin.substr(0, scheme);
    if (!sameName(name, "http") && !sameName(name, "https")) return true;
    return hostAllowed(origin.substr(scheme + 3), allowed);
}

StatusOr<Address> parseLoopback(std::string_view text)
{
    const std::string shown(text);
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos || colon + 1 == text.size())
        return invalidArgument("'" + shown + "' is not an address; host:port is expected");
    const auto digits = text.substr(colon + 1);
    Address address;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
    if (error != std::errc{} || end != digits.data() + digits.size())
        return invalidArgument("'" + shown + "' has no port between 0 and 65535");
    const std::string host = hostOf(text.substr(0, colon));
    if (host.empty()) return invalidArgument("'" + shown + "' has no host");
    if (host != "localhost" && !isLoopback(host))
        return failedPrecondition("'" + shown +
                                  "' is reachable from other machines; without TLS and API keys only localhost, "
                                  "127.0.0.0/8 and [::1] are allowed");
    address.host = host.front() == '[' ? host.substr(1, host.size() - 2) : host;
    return address;
}

}  // namespace millrace::http
