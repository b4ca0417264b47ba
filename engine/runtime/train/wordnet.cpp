// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/train/wordnet.h"

#include "base/letters.h"

#include <algorithm>
#include <fstream>
#include <map>
#include <sstream>
#include <string_view>

namespace millrace::train {

namespace {

/// Pointers that mean "about the same matter".
bool meansNear(std::string_view symbol)
{
    return symbol.starts_with('@') || symbol.starts_with('~') || symbol.starts_with('%') || symbol.starts_with('#') ||
           symbol == "&" || symbol == "\\" || symbol == ";c";
}

constexpr std::string_view kAroundParts = " ;\"";

/// "what it is; \"used so\"; \"or so\"".
void readGloss(const std::string& gloss, Synset& synset)
{
    const auto quote = gloss.find('"');
    synset.definition = trimmed(std::string_view(gloss).substr(0, quote), kAroundParts);
    for (auto from = quote; from != std::string::npos;) {
        const auto to = gloss.find('"', from + 1);
        if (to == std::string::npos) break;
        std::string example(trimmed(std::string_view(gloss).substr(from + 1, to - from - 1), kAroundParts));
        if (example.size() > 8) synset.examples.push_back(std::move(example));
        from = gloss.find('"', to + 1);
    }
}

}  // namespace

StatusOr<std::vector<Synset>> readWordNet(const std::string& folder)
{
    struct Pointer {
        std::size_t from;
        std::string to;
    };
    std::vector<Synset> synsets;
    std::vector<Pointer> pointers;
    std::map<std::string, std::size_t> places;  // part of speech and offset
    for (const char* part : {"noun", "verb", "adj", "adv"}) {
        std::ifstream in(folder + "/data." + part);
        if (!in) return notFound("no data." + std::string(part) + " in " + folder + " (Debian: wordnet-base)");
        std::string line;
        while (std::getline(in, line)) {
            if (line.starts_with("  ")) continue;  // the licence, at the top
            const auto bar = line.find(" | ");
            if (bar == std::string::npos) continue;
            std::istringstream fields(line.substr(0, bar));
            std::string offset;
            std::string type;
            std::string hex;
            Synset synset;
            fields >> offset >> synset.field >> type >> hex;
            const int words = std::stoi(hex, nullptr, 16);
            for (int at = 0; at < words; ++at) {
                std::string word;
                std::string sense;
                fields >> word >> sense;
                std::replace(word.begin(), word.end(), '_', ' ');
                if (const auto mark = word.find('('); mark != std::string::npos) word.resize(mark);
                synset.words += (at == 0 ? "" : " ") + word;
            }
            int count = 0;
            fields >> count;
            for (int at = 0; at < count; ++at) {
                std::string symbol;
                std::string to;
                std::string speech;
                std::string which;
                fields >> symbol >> to >> speech >> which;
                if (meansNear(symbol)) pointers.push_back({synsets.size(), (speech == "s" ? "a" : speech) + to});
            }
            readGloss(line.substr(bar + 3), synset);
            places[(type == "s" ? "a" : type) + offset] = synsets.size();
            synsets.push_back(std::move(synset));
        }
    }
    for (const Pointer& pointer : pointers)
        if (const auto found = places.find(pointer.to); found != places.end())
            synsets[pointer.from].near.push_back(found->second);
    return synsets;
}

}  // namespace millrace::train
