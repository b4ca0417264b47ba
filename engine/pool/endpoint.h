// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/base_url.h"

#include <string>

namespace millrace::pool {

using millrace::BaseUrl;
using millrace::Endpoint;
using millrace::parseBaseUrl;

/// "unix:/path", or whatever parseBaseUrl() accepts; its path is ignored. InvalidArgument if malformed. Pure.
StatusOr<Endpoint> parseEndpoint(const std::string& address);

}  // namespace millrace::pool
