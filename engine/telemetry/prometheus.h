// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"

#include <string>

namespace millrace::telemetry {

/// Text exposition format 0.0.4, as /metrics serves it.
std::string prometheusText(const Registry& registry);
inline constexpr const char* kPrometheusContentType = "text/plain; version=0.0.4; charset=utf-8";

}  // namespace millrace::telemetry
