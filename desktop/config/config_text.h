// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

namespace google::protobuf {
class EnumValueDescriptor;
class FieldDescriptor;
class Message;
}  // namespace google::protobuf

/// Settings of a config message as text, by path: what the form shows and edits. Reflection only, no judging of
/// ranges: the engine is the judge.
namespace millrace::desktop::config_text {

std::string number(double value);  ///< "50", "0.25": no exponent, no trailing noise

/// BACKEND_KIND_RUNTIME of enum BackendKind -> "runtime".
std::string enumWord(const google::protobuf::EnumValueDescriptor& value);

std::string get(const google::protobuf::Message& holder, const google::protobuf::FieldDescriptor& field);

/// Returns what is wrong with the text; empty: done. An empty text clears the field (back to its default).
std::string set(google::protobuf::Message& holder, const google::protobuf::FieldDescriptor& field,
                const std::string& path, const std::string& text);

/// The same by path ("backends[0].address"); entries of a list are made when the index is the next one.
std::string setPath(google::protobuf::Message& top, const std::string& path, const std::string& text);

/// Visits every setting of the message with its path and text.
void forEach(const google::protobuf::Message& top,
             const std::function<void(const std::string& path, const std::string& text)>& visit);
/// Only those that the message itself carries.
void forEachGiven(const google::protobuf::Message& top,
                  const std::function<void(const std::string& path, const std::string& text)>& visit);

}  // namespace millrace::desktop::config_text
