// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control/config_fields.h"

#include <optional>
#include <string>

namespace millrace::config {

/// Stores a value given as text, as set() describes; `index` says which entry of a list, one past the end adds one.
Status setValue(Message& message, const Field& field, std::optional<int> index, const std::string& text,
                const std::string& path);

}  // namespace millrace::config
