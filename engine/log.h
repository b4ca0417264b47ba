// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/event_log.h"
#include "control/configuration.h"
#include "telemetry/log_writer.h"

#include <memory>
#include <string>
#include <string_view>

/// One JSON object a line on standard error: events, what a child wrote.
namespace millrace::log {

/// Everything is logged through this from now on. Call once, before the engine is built.
std::shared_ptr<telemetry::LogWriter> start();
void setLevel(config::v1::LogLevel level);

void event(const Event& event);
/// A line that a child of ours wrote to its standard error.
void childLine(const std::string& child, std::string_view line);

}  // namespace millrace::log
