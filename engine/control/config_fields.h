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

/// Fields of a configuration by reflection. For the files of the configuration library only.
namespace millrace::config {

using Config = v1::Config;
using Message = google::protobuf::Message;
using Field = google::protobuf::FieldDescriptor;
using Descriptor = google::protobuf::Descriptor;

const v1::Setting& settingOptions(const Field& field);
bool isGroup(const Field& field);
/// "runtime" of BACKEND_KIND_RUNTIME; the number when it has no name.
std::string choiceName(const google::protobuf::EnumDescriptor& type, int number);
std::vector<std::string> choicesOf(const google::protobuf::EnumDescriptor& type);
std::optional<int> choiceNumber(const google::protobuf::EnumDescriptor& type, const std::string& name);
/// integer, number, switch, text, choice, list
v1::SettingType typeOf(const Field& field);

/// Shortest text that reads back as the same number; whole numbers without a point.
std::string numberText(double value);
/// "1 – 4096 rows"; empty: any.
Sentence rangeOf(const v1::Setting& words);

/// Payload of a refusal: its phrase, as telemetry::toBytes() gives it.
inline constexpr const char* kPhraseUrl = "millrace.dev/phrase";
/// InvalidArgument of a setting: "path message". problemOf() has both again.
Status refused(const std::string& path, const Sentence& message);
/// As it was typed, in quotation marks.
std::string asTyped(const std::string& text);
/// "true, false"
std::string listed(const std::vector<std::string>& names);

/// Value of a field that is not a group; of an entry, when `index` is given.
std::string valueText(const Message& message, const Field& field, std::optional<int> index = std::nullopt);
void setDefault(Message& message, const Field& field);
std::string defaultText(const Field& field);

/// Stores a number; an error when it does not fit the field's type.
Status setNumber(Message& message, const Field& field, double value, const std::string& path);

/// One thing of a path: the field `field` of `parent`, or one entry of it.
struct Step {
    std::string name;
    std::optional<int> index;
};
StatusOr<std::vector<Step>> parsePath(const std::string& path);
/// The error of a name that `type` does not have.
Status unknownName(const Descriptor& type, const std::string& name, const std::string& parentPath,
                   const std::string& fullPath);
/// The nearest of `names`; empty when none is near.
std::string nearest(const std::string& name, const std::vector<std::string>& names);
/// "pool" + "enabled" is "pool.enabled".
std::string join(const std::string& parent, const std::string& name);
std::string entry(const std::string& list, int index);

/// Calls for every setting that is no group, in order; a list of values is one setting.
void forEachSetting(
    const Message& message, const std::string& prefix,
    const std::function<void(const std::string& path, const Message& parent, const Field& field)>& call);

/// Not escaped control characters, valid UTF-8.
bool isPlainText(const std::string& text);
/// Pretty JSON of what is set in any part of a configuration.
std::string messageJson(const Message& message, int level);
std::string listJson(const Message& parent, const Field& field, int level);
/// The backend that stands for an empty list.
void addDefaultBackend(Config& config);

}  // namespace millrace::config
