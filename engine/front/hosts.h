// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/hosts.h"

namespace millrace::front {

using http::hostAllowed;
using http::hostOf;
using http::originAllowed;

}  // namespace millrace::front
