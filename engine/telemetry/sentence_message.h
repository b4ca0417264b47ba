// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/sentence.h"
#include "phrases.pb.h"

#include <string>

/// Conversion of sentences to protobuf and to database columns. Pure. Thread: any.
namespace millrace::telemetry {

control::v1::Sentence message(const Sentence& sentence);
/// The serialised phrase, for a database column; empty: the sentence has no phrase.
std::string toBytes(const Sentence& sentence);
/// The reverse. `english`: the stored text, which is kept even if a newer engine words the phrase differently.
/// Malformed or empty `bytes`: a quote of `english`.
Sentence fromBytes(const std::string& bytes, const std::string& english);

}  // namespace millrace::telemetry
