// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/base_url.h"

#include <string>

namespace millrace::pool {

using millrace::BaseUrl;
using millrace::Endpoint;
using millrace::parseBaseUrl;

/// As a process that we start names its own: "unix:/path", or what parseBaseUrl() takes.
StatusOr<Endpoint> parseEndpoint(const std::string& address);

}  // namespace millrace::pool
