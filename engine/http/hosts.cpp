// SPDX-License-Identifier: GPL-3.0-or-later
#include "http/hosts.h"

#include "base/loopback.h"
#include "http/fields.h"

#include <algorithm>

namespace millrace::http {

namespace {

/// `host` as hostOf() returns it: only IPv6 addresses have brackets.
bool isLoopbackHost(std::string_view host)
{
    const bool bracketed = host.size() > 2 && host.front() == '[' && host.back() == ']';
    if (bracketed) host = host.substr(1, host.size() - 2);
    return isLoopback(host) && bracketed == (host.find(':') != std::string_view::npos);
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
    if (host.ends_with(".localhost") || isLoopbackHost(host)) return true;
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

}  // namespace millrace::http
