// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace millrace::bench {

/// `millrace-bench predict [FILE.csv …] [--patterned] [--json FILE] [--places 2,3,4,8]`; CSV with a header: model_id,
/// optionally t_s and client. Without a file, the patterned sequences.
int predictMain(int argc, char** argv);

}  // namespace millrace::bench
