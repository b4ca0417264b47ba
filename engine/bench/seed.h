// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::bench {

/// The two tables that the product was asked for: each optimisation alone, then added up, on real processes.
int seedMain(int argc, char** argv);

}  // namespace millrace::bench
