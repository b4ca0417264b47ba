// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// clang-format off
#include <ostream>  // Boost's string_view needs it, and does not include it

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
// clang-format on

/// What of Beast is used, and where from: the parser of HTTP/1.1 and the table of status codes. For this module's .cpp
/// files alone.
namespace millrace::http {

namespace beast = boost::beast::http;

}  // namespace millrace::http
