// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

// clang-format off
#include <ostream>  // Boost's string_view needs it, and does not include it

#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/status.hpp>
// clang-format on

/// The parts of Beast that are used: its HTTP/1.1 parser and its table of status codes. Included by this module's .cpp
/// files only, since Beast's templates are slow to compile (engine/docs/adr/0009-one-module-speaks-http.md).
namespace millrace::http {

namespace beast = boost::beast::http;

}  // namespace millrace::http
