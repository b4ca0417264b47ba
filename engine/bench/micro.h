// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::bench {

/// `millrace-bench micro [--filter REGEX] [--json FILE] [--min-time S]`: how long one step of the pure cores takes, by
/// Google Benchmark. What a request costs the engine's one thread is made of these.
int microMain(int argc, char** argv);

}  // namespace millrace::bench
