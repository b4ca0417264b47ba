// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control.pb.h"
#include "control/configuration.h"

#include <vector>

/// Conversion of the configuration library's types to messages of control.proto. Pure.
namespace millrace::control {

v1::ConfigChange message(const config::Change& change);
v1::FieldProblem message(const config::FieldProblem& problem);
v1::SettingSchema message(const config::SettingInfo& info);
v1::Schema schemaMessage();

}  // namespace millrace::control
