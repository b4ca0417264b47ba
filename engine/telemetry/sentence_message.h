// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/sentence.h"
#include "phrases.pb.h"

#include <string>

/// Sentences as they go out and to disk. Pure. Thread: any.
namespace millrace::telemetry {

control::v1::Sentence message(const Sentence& sentence);
/// For a column of a database; empty: it has no phrase.
std::string toBytes(const Sentence& sentence);
/// What toBytes() gave, with the English it had then: a newer engine may word it differently.
Sentence fromBytes(const std::string& bytes, const std::string& english);

}  // namespace millrace::telemetry
