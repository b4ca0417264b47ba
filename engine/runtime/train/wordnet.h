// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <string>
#include <vector>

namespace millrace::train {

/// One meaning in WordNet: the words for it, what it is, how it is used, and which meanings are near.
struct Synset {
    std::string words;  // "auto car automobile"
    std::string definition;
    std::vector<std::string> examples;
    std::vector<std::size_t> near;  // places in the list: broader, narrower, part of, similar
    int field = 0;                  // lexicographer's file: noun.animal, noun.food …
};

/// Source: wndb(5WN). Errors: NotFound when the files are not there (Debian: wordnet-base).
StatusOr<std::vector<Synset>> readWordNet(const std::string& folder);

}  // namespace millrace::train
