// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"

#include <string>

namespace millrace::telemetry {

/// The registry in Prometheus' text exposition format 0.0.4, for /metrics. Thread: any.
std::string prometheusText(const Registry& registry);

}  // namespace millrace::telemetry
