// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::bench {

/// An ablation study: each optimisation by itself, then added up, on real processes.
int ablationMain(int argc, char** argv);

}  // namespace millrace::bench
