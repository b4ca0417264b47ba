// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/fields.h"

namespace millrace::http {

/// The fields of one header block of HTTP/2. Names are lower case.
using H2Fields = HttpFields;

}  // namespace millrace::http
