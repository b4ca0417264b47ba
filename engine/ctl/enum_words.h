// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control.pb.h"

#include <google/protobuf/generated_enum_reflection.h>

#include <optional>
#include <string>

/// Ends a switch over an enum of control.proto that has no `default`, so that the compiler names a missing value.
#define MILLRACE_NEWER_VALUES(Enum)           \
    case Enum##_INT_MIN_SENTINEL_DO_NOT_USE_: \
    case Enum##_INT_MAX_SENTINEL_DO_NOT_USE_: \
        break

namespace millrace::ctl {

/// The word of an enum's value in JSON, and the label that metrics have for it: its name without that of the enum, such
/// as "server_closed" of CLOSE_REASON_SERVER_CLOSED. "" for …_UNSPECIFIED; none for a number of a newer engine.
std::optional<std::string> enumWord(const google::protobuf::EnumDescriptor& type, int number);

/// As people read it: "server closed", "unknown (7)" for a number of a newer engine.
std::string enumText(const google::protobuf::EnumDescriptor& type, int number);

template <class Enum>
std::string enumText(Enum value)
{
    return enumText(*google::protobuf::GetEnumDescriptor<Enum>(), value);
}

/// Of a model, as the console says it: "loaded", "not loaded", "loading".
std::string phaseText(millrace::control::v1::ModelPhase phase);

}  // namespace millrace::ctl
