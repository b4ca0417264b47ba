// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "config.pb.h"

#include <cstddef>
#include <optional>
#include <string>

/// A configuration as JSON, text and file. Part of configuration.h.
namespace millrace::config {

/// Strict: an unknown name, a name given twice or a wrong type is an error that names the path; the text's line is
/// named when it is not valid JSON.
StatusOr<v1::Config> parseJson(const std::string& text);

/// Why a text is not valid JSON, and where.
struct JsonError {
    std::string reason;  ///< "syntax error"
    std::size_t offset;  ///< bytes from the start; the size of the text: something is missing at its end
};
/// None: it is, whatever else is wrong with it.
std::optional<JsonError> findJsonError(const std::string& text);
/// What is set, two spaces a level, in the order of config.proto, with a newline at the end.
std::string toJson(const v1::Config& config);
/// NotFound only when there is no such file. One that is there and cannot be read is another error.
StatusOr<v1::Config> readFile(const std::string& path);

}  // namespace millrace::config
