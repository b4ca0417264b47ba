// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::bench {

/// Another program on the machine: uses a share of one core, half of each 10 ms for instance, until it is ended.
int burnMain(int argc, char** argv);

}  // namespace millrace::bench
