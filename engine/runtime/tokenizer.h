// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::runtime {

/// Hashes words and their character n-grams into a fixed number of buckets. Unknown words share n-grams with known
/// ones, so that misspellings and inflections are similar. Pure. Thread: any.
class HashedNgrams {
public:
    struct Feature {
        std::int64_t bucket;
        float weight;
    };

    explicit HashedNgrams(std::int64_t buckets) : buckets_(static_cast<std::uint64_t>(buckets)) {}

    /// Each word has two buckets for itself, and one for each n-gram of 3 or 4 characters of "<word>"; the n-grams of a
    /// word together have the weight of one bucket. n occurrences of a word have weight √n. Each bucket occurs once, in
    /// order of first occurrence. Bound: the number of buckets, and about two per byte of text.
    std::vector<Feature> features(std::string_view text) const;

    /// Lower-case runs of letters and digits; bytes above 127 count as letters.
    static std::vector<std::string> words(std::string_view text);
    /// words(text).size(), without storing the words.
    static std::int64_t wordCount(std::string_view text);

private:
    std::uint64_t buckets_;
};

/// A tokenizer with one token per character of an alphabet. Thread: any.
class Characters {
public:
    explicit Characters(std::string_view alphabet);

    std::size_t size() const { return characters_.size(); }
    /// Characters outside the alphabet become spaces (token 0 if the alphabet has no space).
    std::vector<std::int64_t> encode(std::string_view text) const;
    /// The last `most` characters of `text`; invalid bytes count as one each.
    static std::string_view tail(std::string_view text, std::size_t most);
    /// REQUIRES: token < size().
    const std::string& character(std::size_t token) const { return characters_[token]; }

private:
    std::vector<std::string> characters_;
    std::unordered_map<std::string, std::int64_t> tokens_;
    std::int64_t unknown_ = 0;
};

/// The length of the UTF-8 character that begins with `lead`; 1 for an invalid byte.
std::size_t utf8Length(char lead);

}  // namespace millrace::runtime
