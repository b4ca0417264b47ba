// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::runtime {

/// Words and their letter groups, hashed into a fixed number of buckets. Unknown words share their letter groups with
/// known ones, so that spelling mistakes and inflections stay near.
/// Thread: any; without state.
class HashedNgrams {
public:
    struct Feature {
        std::int64_t bucket;
        float weight;
    };

    explicit HashedNgrams(std::int64_t buckets) : buckets_(static_cast<std::uint64_t>(buckets)) {}

    /// Every word gives two buckets for itself and one for each group of 3 or 4 letters of "<word>"; the groups of a
    /// word weigh together as much as one bucket. A word said n times weighs √n. Each bucket comes once, in order of
    /// its first place: never more features than buckets, and about two for each byte of text.
    std::vector<Feature> features(std::string_view text) const;

    /// Lower-case runs of letters and digits; bytes above 127 count as letters.
    static std::vector<std::string> words(std::string_view text);
    /// How many of them there are; keeps none.
    static std::int64_t wordCount(std::string_view text);

private:
    std::uint64_t buckets_;
};

/// One token for each character of an alphabet. Thread: any.
class Characters {
public:
    explicit Characters(std::string_view alphabet);

    std::size_t size() const { return characters_.size(); }
    /// Characters outside the alphabet become spaces (or token 0, if there is no space).
    std::vector<std::int64_t> encode(std::string_view text) const;
    /// The last `most` characters of `text` (bytes that are no UTF-8 count one each).
    static std::string_view tail(std::string_view text, std::size_t most);
    const std::string& character(std::size_t token) const { return characters_[token]; }

private:
    std::vector<std::string> characters_;
    std::unordered_map<std::string, std::int64_t> tokens_;
    std::int64_t unknown_ = 0;
};

/// The length of the UTF-8 character that begins with `lead`; 1 for a byte that begins none.
std::size_t utf8Length(char lead);

}  // namespace millrace::runtime
