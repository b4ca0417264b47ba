// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/sentence.h"
#include "config.pb.h"

#include <string>
#include <vector>

/// Whether a configuration can be applied. Part of configuration.h.
namespace millrace::config {

struct FieldProblem {
    std::string path;
    Sentence message;  ///< to be read after the path, with the value and the range: "must be 1 – 4096 rows, is 0"
};

/// Of a status that the functions of configuration.h have returned: its path, and the message without it.
FieldProblem problemOf(const Status& status);

/// Ranges, lengths, forms and relations; empty: good.
std::vector<FieldProblem> validate(const v1::Config& config);

}  // namespace millrace::config
