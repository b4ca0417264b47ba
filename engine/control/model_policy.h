// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "control.pb.h"

/// What is asked for a single model in place of a setting, held against the limits of that setting.
namespace millrace::control {

/// InvalidArgument, with the field and its range: nothing to change, or a time to live outside of what
/// loader.idle_ttl_ms may be. Pure. Thread: any.
Status checkPolicy(const v1::SetModelPolicyRequest& request);

}  // namespace millrace::control
