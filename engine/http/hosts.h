// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Which Host and Origin headers are accepted: the defence against DNS rebinding, by which a web page reaches servers
/// on 127.0.0.1. One rule for all listeners (the engine's front, the runtime).
///
///     if (!hostAllowed(head.find("host").value_or(""), allowed)) …         // refuse: 403
///
/// Pure. Thread: any.
namespace millrace::http {

/// The host in lower case, without port: "Name:8080" gives "name", "[::1]:80" gives "[::1]". Empty: malformed.
std::string hostOf(std::string_view authority);

/// True for localhost and its subdomains, 127.0.0.0/8, [::1], and `allowed` (host names without port, in any case).
bool hostAllowed(std::string_view authority, const std::vector<std::string>& allowed);

/// True if a page of that Origin may call: the same hosts. Origins of applications ("app://…", "vscode-webview://…")
/// are accepted, since they are not web pages; "null", an opaque origin, is not.
bool originAllowed(std::string_view origin, const std::vector<std::string>& allowed);

}  // namespace millrace::http
