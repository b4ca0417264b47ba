// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

namespace millrace::train {

/// What millrace-train was started with.
struct Options {
    std::string out;
    std::uint64_t seed = 1;
    std::string fonts = "/usr/share/fonts";
    std::string wordnet = "/usr/share/wordnet";
    std::string texts = "/usr/share/common-licenses";
    std::string sheet;  // where a sheet of held-out digits goes; empty: nowhere
};

}  // namespace millrace::train
