// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/base_url.h"

namespace millrace::pool {

using millrace::BaseUrl;
using millrace::Endpoint;
using millrace::parseBaseUrl;

}  // namespace millrace::pool
