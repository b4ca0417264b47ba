// SPDX-License-Identifier: GPL-3.0-or-later
#include "runtime/tokenizer.h"

#include <algorithm>
#include <cmath>

namespace millrace::runtime {

namespace {

constexpr std::uint64_t kWordSeed = 0x51ED270B7A2F4C15ULL;
constexpr std::uint64_t kSecondWordSeed = 0x2545F4914F6CDD1DULL;
constexpr std::uint64_t kGroupSeed = 0x9FB21C651E98DF25ULL;
constexpr std::size_t kGroupMin = 3;
constexpr std::size_t kGroupMax = 4;

/// FNV-1a, with a final mix so that the low bits are well distributed.
std::uint64_t hash(std::string_view bytes, std::uint64_t seed)
{
    std::uint64_t value = 0xCBF29CE484222325ULL ^ seed;
    for (const char byte : bytes) {
        value ^= static_cast<unsigned char>(byte);
        value *= 0x100000001B3ULL;
    }
    value ^= value >> 32;
    value *= 0xD6E8FEB86659FD93ULL;
    return value ^ (value >> 32);
}

bool partOfWord(unsigned char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte >= 0x80;
}

}  // namespace

std::size_t utf8Length(char lead)
{
    const auto byte = static_cast<unsigned char>(lead);
    if (byte >= 0xF0 && byte < 0xF8) return 4;
    if (byte >= 0xE0) return byte < 0xF0 ? 3 : 1;
    return byte >= 0xC0 ? 2 : 1;
}

std::vector<std::string> HashedNgrams::words(std::string_view text)
{
    std::vector<std::string> words;
    std::string word;
    for (const char letter : text) {
        auto byte = static_cast<unsigned char>(letter);
        if (byte >= 'A' && byte <= 'Z') byte = static_cast<unsigned char>(byte + ('a' - 'A'));
        if (partOfWord(byte)) {
            word.push_back(static_cast<char>(byte));
        } else if (!word.empty()) {
            words.push_back(std::move(word));
            word.clear();
        }
    }
    if (!word.empty()) words.push_back(std::move(word));
    return words;
}

std::vector<HashedNgrams::Feature> HashedNgrams::features(std::string_view text) const
{
    const std::vector<std::string> said = words(text);
    std::unordered_map<std::string_view, int> times;
    for (const std::string& word : said) ++times[word];

    std::vector<Feature> features;
    std::unordered_map<std::int64_t, std::size_t> places;
    const auto add = [&](std::string_view bytes, std::uint64_t seed, float weight) {
        const auto bucket = static_cast<std::int64_t>(hash(bytes, seed) % buckets_);
        const auto [place, isNew] = places.try_emplace(bucket, features.size());
        if (isNew)
            features.push_back({bucket, weight});
        else
            features[place->second].weight += weight;
    };
    std::string framed;
    for (const std::string& word : said) {
        const auto found = times.find(word);
        if (found == times.end()) continue;  // counted at its first occurrence
        const float weight = std::sqrt(static_cast<float>(found->second));
        times.erase(found);
        add(word, kWordSeed, weight);
        add(word, kSecondWordSeed, weight);
        framed = "<" + word + ">";
        std::size_t groups = 0;
        for (std::size_t size = kGroupMin; size <= std::min(kGroupMax, framed.size()); ++size)
            groups += framed.size() - size + 1;
        const float share = weight / static_cast<float>(std::max<std::size_t>(1, groups));
        for (std::size_t size = kGroupMin; size <= std::min(kGroupMax, framed.size()); ++size)
            for (std::size_t at = 0; at + size <= framed.size(); ++at)
                add(std::string_view(framed).substr(at, size), kGroupSeed, share);
    }
    return features;
}

std::int64_t HashedNgrams::wordCount(std::string_view text)
{
    std::int64_t count = 0;
    bool within = false;
    for (const char letter : text) {
        const auto byte = static_cast<unsigned char>(letter);
        const bool part = partOfWord(byte) || (byte >= 'A' && byte <= 'Z');
        count += part && !within ? 1 : 0;
        within = part;
    }
    return count;
}

Characters::Characters(std::string_view alphabet)
{
    for (std::size_t at = 0; at < alphabet.size();) {
        std::string one(alphabet.substr(at, utf8Length(alphabet[at])));
        at += one.size();
        if (tokens_.emplace(one, static_cast<std::int64_t>(characters_.size())).second)
            characters_.push_back(std::move(one));
    }
    if (const auto space = tokens_.find(" "); space != tokens_.end()) unknown_ = space->second;
}

std::string_view Characters::tail(std::string_view text, std::size_t most)
{
    // A character has at most four bytes, so earlier bytes cannot count. Then forward, as encode() does.
    if (text.size() > 4 * most) {
        std::size_t from = text.size() - 4 * most;
        while (from > 0 && (static_cast<unsigned char>(text[from]) & 0xC0U) == 0x80U) --from;
        text.remove_prefix(from);
    }
    std::size_t count = 0;
    for (std::size_t at = 0; at < text.size(); at += utf8Length(text[at])) ++count;
    std::size_t at = 0;
    for (; count > most; --count) at += utf8Length(text[at]);
    return text.substr(std::min(at, text.size()));
}

std::vector<std::int64_t> Characters::encode(std::string_view text) const
{
    std::vector<std::int64_t> tokens;
    for (std::size_t at = 0; at < text.size();) {
        const std::string one(text.substr(at, utf8Length(text[at])));
        at += one.size();
        const auto found = tokens_.find(one);
        tokens.push_back(found == tokens_.end() ? unknown_ : found->second);
    }
    return tokens;
}

}  // namespace millrace::runtime
