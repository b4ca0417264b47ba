// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"
#include "base/process_usage.h"

namespace millrace::telemetry {

/// Sets the metrics of the engine's process, by the names of Prometheus' client libraries where those have one.
void publishProcess(Registry& registry, const ProcessUsage& usage);

}  // namespace millrace::telemetry
