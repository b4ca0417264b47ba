// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "control.pb.h"
#include "control/configuration.h"

#include <vector>

/// What the configuration library says, as messages of control.proto.
namespace millrace::control {

v1::ConfigChange message(const config::Change& change);
v1::FieldProblem message(const config::FieldProblem& problem);
v1::Sentence words(const config::FieldProblem& problem);  ///< of its message; no phrase: it is not of the table
v1::SettingSchema message(const config::SettingInfo& info);
v1::Schema schemaMessage();

}  // namespace millrace::control
