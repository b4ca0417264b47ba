// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/json_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>

namespace millrace::bench {

int writeJson(const std::string& path, const std::string& json)
{
    if (path.empty()) return 0;
    errno = 0;
    std::ofstream file(path);
    file << json;
    if (file.flush()) return 0;
    std::fprintf(stderr, "millrace-bench: cannot write %s: %s\n", path.c_str(), std::strerror(errno));
    return 1;
}

}  // namespace millrace::bench
