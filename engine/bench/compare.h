// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::bench {

/// `millrace-bench compare`: engines, other gateways and the direct call beside each other, in interleaved rounds.
int compareMain(int argc, char** argv);

}  // namespace millrace::bench
