// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control.pb.h"

/// Checks the rules of a single model against the limits of the settings that they replace.
namespace millrace::control {

/// InvalidArgument, with the field and its range: nothing to change, or a time to live outside the limits of
/// loader.idle_ttl_ms. Pure. Thread: any.
Status checkPolicy(const v1::SetModelPolicyRequest& request);

}  // namespace millrace::control
