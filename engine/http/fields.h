// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// sameName() for two texts of equal size. REQUIRES: `size` bytes are readable at both.
bool sameLetters(const char* left, const char* right, std::size_t size);
/// Compares without regard to ASCII case, as field names are compared (RFC 9110, 5.1). Checks length and first letter
/// first, which decide most comparisons.
inline bool sameName(std::string_view left, std::string_view right)
{
    if (left.size() != right.size()) return false;
    return left.empty() ||
           (((left.front() ^ right.front()) & ~0x20) == 0 && sameLetters(left.data(), right.data(), left.size()));
}

/// True if the comma-separated `list` contains `token`, in any case.
bool hasToken(std::string_view list, std::string_view token);

/// A view of one header field. Valid as long as the HttpFields it came from is neither changed nor destroyed.
struct HttpField {
    std::string_view name, value;
};

/// The header fields of one message (HTTP/1.1 or HTTP/2), in order, duplicates included. A multimap in two allocations:
/// half a dozen modules inspect, copy and filter a request's fields.
///
///     HttpFields fields{{"content-type", "application/json"}};
///     fields.add("x-request-id", id);
///     if (fields.find("Content-Type")) …                       // names are compared without case
///     fields.eraseIf([](const HttpField& field) { return downward(field.name) == Downward::Drop; });
///
/// Thread: one. Bound: 4 GiB of text; erased fields keep their text allocated until clear().
/// Not here: which fields are forwarded (field_policy.h).
class HttpFields {
public:
    /// Overhead of a field in listBytes() (RFC 9113, 6.5.2).
    static constexpr std::size_t kFieldCost = 32;

    class Iterator {
    public:
        using iterator_category = std::input_iterator_tag;
        using value_type = HttpField;
        using difference_type = std::ptrdiff_t;
        using pointer = void;
        using reference = HttpField;

        Iterator(const HttpFields& fields, std::size_t at) : fields_(&fields), at_(at) {}
        HttpField operator*() const { return (*fields_)[at_]; }
        Iterator& operator++()
        {
            ++at_;
            return *this;
        }
        bool operator==(const Iterator& other) const { return at_ == other.at_; }

    private:
        const HttpFields* fields_;
        std::size_t at_;
    };

    HttpFields() = default;
    HttpFields(std::initializer_list<HttpField> fields)
    {
        for (const HttpField& field : fields) add(field.name, field.value);
    }

    /// REQUIRES: neither argument is a view into these fields. Invalidates views.
    void add(std::string_view name, std::string_view value)
    {
        marks_ |= markOf(name);
        places_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                           static_cast<std::uint32_t>(value.size())});
        text_.append(name).append(value);
    }
    void push_back(const HttpField& field) { add(field.name, field.value); }
    /// A copy with memory reserved for `moreFields` and `moreBytes` more.
    HttpFields copy(std::size_t moreFields, std::size_t moreBytes) const
    {
        HttpFields out;
        out.reserve(places_.size() + moreFields, text_.size() + moreBytes);
        out.places_ = places_;
        out.text_ = text_;
        out.marks_ = marks_;
        return out;
    }
    /// Reserves memory for `fields` and `bytes` more.
    void reserve(std::size_t fields, std::size_t bytes)
    {
        places_.reserve(places_.size() + fields);
        text_.reserve(text_.size() + bytes);
    }
    /// Removes the fields for which `drops(HttpField)` is true.
    template <typename Drops>
    void eraseIf(Drops drops)
    {
        std::erase_if(places_, [&](const Place& place) { return drops(at(place)); });
    }
    void clear()
    {
        text_.clear();
        places_.clear();
        marks_ = 0;
    }

    std::size_t size() const { return places_.size(); }
    bool empty() const { return places_.empty(); }
    /// REQUIRES: i < size().
    HttpField operator[](std::size_t i) const { return at(places_[i]); }
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, places_.size()}; }
    /// The value of the first field of that name; nullopt: there is none.
    std::optional<std::string_view> find(std::string_view name) const
    {
        if (!mayHave(name)) return std::nullopt;
        for (const Place& place : places_)
            if (isCalled(place, name)) return at(place).value;
        return std::nullopt;
    }
    /// The same, where an absent field and an empty value mean the same.
    std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
    std::size_t count(std::string_view name) const
    {
        if (!mayHave(name)) return 0;
        return static_cast<std::size_t>(
            std::count_if(places_.begin(), places_.end(), [&](const Place& place) { return isCalled(place, name); }));
    }
    /// True if `matches(value)` is, for any field of that name.
    template <typename Matches>
    bool any(std::string_view name, Matches matches) const
    {
        return mayHave(name) && std::any_of(places_.begin(), places_.end(), [&](const Place& place) {
                   return isCalled(place, name) && matches(at(place).value);
               });
    }
    /// All names and values, concatenated, including erased ones.
    std::string_view text() const { return text_; }
    /// The size that SETTINGS_MAX_HEADER_LIST_SIZE limits.
    std::size_t listBytes() const { return text_.size() + places_.size() * kFieldCost; }

private:
    struct Place {
        std::uint32_t begin, name, value;
    };
    /// One bit of 32 by length and first letter (without case).
    static std::uint32_t markOf(std::string_view name)
    {
        return name.empty() ? 1u : 1u << ((name.size() * 5 + (static_cast<unsigned char>(name.front()) & 31u)) & 31u);
    }
    bool mayHave(std::string_view name) const { return (marks_ & markOf(name)) != 0; }
    bool isCalled(const Place& place, std::string_view name) const
    {
        return sameName({text_.data() + place.begin, place.name}, name);
    }
    HttpField at(const Place& place) const
    {
        const char* const begin = text_.data() + place.begin;
        return {{begin, place.name}, {begin + place.name, place.value}};
    }

    std::string text_;
    std::vector<Place> places_;
    std::uint32_t marks_ = 0;  // of the names that were added: most look-ups are for absent fields
};

/// The value of the first field of that name; empty: none.
inline std::string_view fieldValue(const HttpFields& fields, std::string_view name)
{
    return fields.get(name);
}

/// True if Cache-Control contains no-transform (RFC 9111, 5.2.2.6): the body must not be compressed or decompressed.
bool noTransform(const HttpFields& fields);

}  // namespace millrace::http
