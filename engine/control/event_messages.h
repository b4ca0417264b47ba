// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/event_log.h"
#include "control.pb.h"
#include "telemetry/history.h"

#include <string>

/// What base and telemetry say, as messages of control.proto.
namespace millrace::control {

/// Of the name that the event log and the history's file have ("model_loaded"); unspecified: this engine has no such
/// kind.
v1::EventKind eventKind(const std::string& name);
v1::Event message(const Event& event, const std::string& bootId);
v1::Sample message(const telemetry::Sample& sample);
v1::History message(const telemetry::History::Answer& answer);

}  // namespace millrace::control
