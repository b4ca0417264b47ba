// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::bench {

/// The sample load: made-up programs (sample_plan.h) ask the sample models of an engine until it is stopped, its
/// parent has exited where --parent was given, or --for is over. An engine that is not running is waited for.
/// Bound: about 150 connections, a bounded number of requests a second. One at a time for each engine and user. Ends
/// with 0, 1 when the engine has none of the sample models or another load runs, 2 for a wrong command line.
int sampleMain(int argc, char** argv);

}  // namespace millrace::bench
