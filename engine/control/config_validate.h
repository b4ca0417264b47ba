// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "config.pb.h"

#include <string>
#include <vector>

/// Whether a configuration can be applied. Part of configuration.h.
namespace millrace::config {

struct FieldProblem {
    std::string path;
    std::string message;  ///< names the value and the range: "must be 1 – 4096 rows, is 0"
};

/// Ranges, lengths, forms and relations; empty: good.
std::vector<FieldProblem> validate(const v1::Config& config);

}  // namespace millrace::config
