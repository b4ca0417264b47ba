// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Who may be meant by a Host header, and whose pages may call: keeps web pages out that had their name rebound to
/// 127.0.0.1. One rule for all who listen (the engine's front, the runtime). Pure. Source: DESIGN "Reliability and
/// security".
namespace millrace::http {

/// "Name:8080" to "name", "[::1]:80" to "[::1]"; empty: no host that could be asked for.
std::string hostOf(std::string_view authority);

/// localhost and its subdomains, 127.0.0.0/8, [::1], or one of `allowed` (names without port, any case).
bool hostAllowed(std::string_view authority, const std::vector<std::string>& allowed);

/// Whether a page of that Origin may call. Origins of programs ("app://…", "vscode-webview://…") are no web pages;
/// "null" is what a page gets that hides where it comes from.
bool originAllowed(std::string_view origin, const std::vector<std::string>& allowed);

}  // namespace millrace::http
