// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/sentence.h"
#include "config.pb.h"

#include <google/protobuf/message.h>

#include <functional>
#include <optional>
#include <string>
#include <vector>

/// Reflection on the fields of a configuration. Internal to the configuration library. Pure.
namespace millrace::config {

using Config = v1::Config;
using Message = google::protobuf::Message;
using Field = google::protobuf::FieldDescriptor;
using Descriptor = google::protobuf::Descriptor;

const v1::Setting& settingOptions(const Field& field);
bool isGroup(const Field& field);
/// "runtime" for BACKEND_KIND_RUNTIME; the number if it has no name.
std::string choiceName(const google::protobuf::EnumDescriptor& type, int number);
std::vector<std::string> choicesOf(const google::protobuf::EnumDescriptor& type);
std::optional<int> choiceNumber(const google::protobuf::EnumDescriptor& type, const std::string& name);
/// integer, number, switch, text, choice, list
v1::SettingType typeOf(const Field& field);

/// The shortest text that parses back to the same number; whole numbers without a decimal point.
std::string numberText(double value);
/// "1 – 4096 rows"; empty: any.
Sentence rangeOf(const v1::Setting& words);

/// Payloads of refused(): the message without the path, and its phrase, serialised by telemetry::toBytes().
inline constexpr const char* kMessageUrl = "millrace.dev/setting_message";
inline constexpr const char* kPhraseUrl = "millrace.dev/phrase";
/// InvalidArgument for a setting: "path message". The message continues after the path and does not repeat it;
/// problemOf() separates both.
Status refused(const std::string& path, const Sentence& message);
/// The user's input in quotation marks.
std::string asTyped(const std::string& text);
/// "true, false"
std::string listed(const std::vector<std::string>& names);

/// The value of a field that is not a group; with `index`: of an entry of a list.
std::string valueText(const Message& message, const Field& field, std::optional<int> index = std::nullopt);
void setDefault(Message& message, const Field& field);
std::string defaultText(const Field& field);

/// Sets a number; an error if it does not fit the field's type.
Status setNumber(Message& message, const Field& field, double value, const std::string& path);

/// One segment of a path: a field, or one entry of it.
struct Step {
    std::string name;
    std::optional<int> index;
};
StatusOr<std::vector<Step>> parsePath(const std::string& path);
/// The error for a name that `type` does not have, suggesting the nearest.
Status unknownName(const Descriptor& type, const std::string& name, const std::string& parentPath,
                   const std::string& fullPath);
/// The most similar of `names`; empty: none is similar.
std::string nearest(const std::string& name, const std::vector<std::string>& names);
/// "pool" + "enabled" is "pool.enabled".
std::string join(const std::string& parent, const std::string& name);
std::string entry(const std::string& list, int index);

/// Calls `call` for every setting that is not a group, in order; a list of values is one setting.
void forEachSetting(
    const Message& message, const std::string& prefix,
    const std::function<void(const std::string& path, const Message& parent, const Field& field)>& call);

/// True for valid UTF-8 without control characters.
bool isPlainText(const std::string& text);
/// Indented JSON of the fields that are set.
std::string messageJson(const Message& message, int level);
std::string listJson(const Message& parent, const Field& field, int level);
/// Adds the backend that an empty list implies.
void addDefaultBackend(Config& config);

}  // namespace millrace::config
