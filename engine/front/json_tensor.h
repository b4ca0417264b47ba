// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/json_fields.h"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::front {

/// How many axes a tensor may have, and how deep its data may be nested.
inline constexpr int kAxesMax = 32;

/// A JSON array of numbers, truths or strings, nested or flat, as raw contents of that datatype and shape; each element
/// is checked. `shape` has been checked (backend::elementCount()).
/// InvalidArgument names the element: inputs[0].data[3].
Status readTensorData(json::value value, const std::string& field, const std::string& datatype,
                      const std::vector<std::int64_t>& shape, std::string& raw);

}  // namespace millrace::front
