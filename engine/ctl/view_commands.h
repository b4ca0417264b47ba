// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ctl/connection.h"

#include <cstdint>
#include <string>

/// The commands of millracectl that show something.
/// Each writes its answer to standard output and errors to standard error, and returns the exit status.
namespace millrace::ctl {

int showStatus(Connection& engine, bool json);
int showTop(Connection& engine, bool json, bool once, double rateHz);
int showModels(Connection& engine, bool json);
int showRequests(Connection& engine, bool json, bool openOnly, std::uint32_t most);
int showEvents(Connection& engine, bool json, bool follow, std::uint32_t most, const std::string& severity);
int showMetrics(Connection& engine, bool json);

}  // namespace millrace::ctl
