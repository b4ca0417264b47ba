// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <google/protobuf/message.h>

#include <string>

namespace millrace::ctl {

/// A message as JSON for programs: numbers as numbers, every plain field there, an optional one that is not set left
/// out, NaN as null, names as in the contract. (Protobuf's own form writes 64-bit numbers as texts.)
std::string jsonText(const google::protobuf::Message& message, int level = 0);
/// The same to standard output; kDone.
int printJson(const google::protobuf::Message& message);
std::string jsonQuoted(const std::string& text);
/// null when it is not a number.
std::string jsonNumber(double value);

}  // namespace millrace::ctl
