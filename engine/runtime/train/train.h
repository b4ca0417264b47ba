// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstdint>
#include <string>

namespace millrace::train {

struct Options {
    std::string out;
    std::uint64_t seed = 1;
    std::string fonts = "/usr/share/fonts";
    std::string wordnet = "/usr/share/wordnet";
    std::string texts = "/usr/share/common-licenses";
    std::string sheet;  // where a sheet of held-out digits goes; empty: nowhere
};

/// Each makes its models under `out`, says on stdout how good they became, and keeps that in their cards.
Status makeDigits(const Options& options);
Status makeEmbedding(const Options& options);
Status makeScribe(const Options& options);

}  // namespace millrace::train
