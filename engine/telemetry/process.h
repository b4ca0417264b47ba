// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"
#include "base/process_usage.h"

namespace millrace::telemetry {

/// Sets the millrace_engine_ gauges.
void publishProcess(Registry& registry, const ProcessUsage& usage);

}  // namespace millrace::telemetry
