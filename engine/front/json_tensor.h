// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "front/json_fields.h"

#include <cstdint>
#include <string>
#include <vector>

namespace millrace::front {

/// Most axes of a tensor, and the depth of its nested data.
inline constexpr int kAxesMax = 32;

/// Converts a JSON array of numbers, booleans or strings, nested or flat, to raw contents of that datatype and shape,
/// checking each element. InvalidArgument with the element: inputs[0].data[3]. REQUIRES: backend::elementCount(shape)
/// has a value. Pure.
Status readTensorData(json::value value, const std::string& field, const std::string& datatype,
                      const std::vector<std::int64_t>& shape, std::string& raw);

}  // namespace millrace::front
