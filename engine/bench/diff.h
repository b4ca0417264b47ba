// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::bench {

/// `millrace-bench diff BEFORE.json AFTER.json [--relative-to PEER] [--tolerance PERCENT] [--all]`. Exit status: 0,
/// 1 when a figure is worse, 2 for a wrong command line or a file that cannot be read.
int diffMain(int argc, char** argv);

}  // namespace millrace::bench
