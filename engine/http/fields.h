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

/// Of two texts with `size` characters.
bool sameLetters(const char* left, const char* right, std::size_t size);
/// ASCII letters compared without case, as field names are (RFC 9110, 5.1). Most names differ in length already, and
/// most of the others in their first letter.
inline bool sameName(std::string_view left, std::string_view right)
{
    if (left.size() != right.size()) return false;
    return left.empty() ||
           (((left.front() ^ right.front()) & ~0x20) == 0 && sameLetters(left.data(), right.data(), left.size()));
}

/// Whether a comma-separated field value has `token` in it, whatever its case.
bool hasToken(std::string_view list, std::string_view token);

/// One header field: views into the fields that hold it, or into what they are made of.
struct HttpField {
    std::string_view name, value;
};

/// The header fields of one message, of HTTP/1.1 or HTTP/2, in their order, in two allocations for all of them: a
/// request's fields are looked at, copied and filtered by half a dozen parts on its way. Fields that were taken out
/// leave their text behind. Thread: one. Bound: 4 GiB of text.
class HttpFields {
public:
    /// What a field costs in a list (RFC 9113, 6.5.2).
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

    /// Neither text may be a view into these fields.
    void add(std::string_view name, std::string_view value)
    {
        places_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                           static_cast<std::uint32_t>(value.size())});
        text_.append(name).append(value);
    }
    void push_back(const HttpField& field) { add(field.name, field.value); }
    /// A copy with memory for `moreFields` and `moreBytes` in addition.
    HttpFields copy(std::size_t moreFields, std::size_t moreBytes) const
    {
        HttpFields out;
        out.reserve(places_.size() + moreFields, text_.size() + moreBytes);
        out.places_ = places_;
        out.text_ = text_;
        return out;
    }
    /// Memory for `fields` and `bytes` in addition.
    void reserve(std::size_t fields, std::size_t bytes)
    {
        places_.reserve(places_.size() + fields);
        text_.reserve(text_.size() + bytes);
    }
    /// Takes out all that `drops` is true of.
    template <typename Drops>
    void eraseIf(Drops drops)
    {
        std::erase_if(places_, [&](const Place& place) { return drops(at(place)); });
    }
    void clear()
    {
        text_.clear();
        places_.clear();
    }

    std::size_t size() const { return places_.size(); }
    bool empty() const { return places_.empty(); }
    HttpField operator[](std::size_t i) const { return at(places_[i]); }
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, places_.size()}; }
    /// The value of the first field of that name; empty: there is none.
    std::optional<std::string_view> find(std::string_view name) const
    {
        for (const Place& place : places_)
            if (isCalled(place, name)) return at(place).value;
        return std::nullopt;
    }
    /// The same, where a field without a value means no more than none.
    std::string_view get(std::string_view name) const { return find(name).value_or(std::string_view()); }
    std::size_t count(std::string_view name) const
    {
        return static_cast<std::size_t>(
            std::count_if(places_.begin(), places_.end(), [&](const Place& place) { return isCalled(place, name); }));
    }
    /// Whether `matches` is true of the value of any field of that name.
    template <typename Matches>
    bool any(std::string_view name, Matches matches) const
    {
        return std::any_of(places_.begin(), places_.end(),
                           [&](const Place& place) { return isCalled(place, name) && matches(at(place).value); });
    }
    /// All names and values, one after the other, those that were taken out too.
    std::string_view text() const { return text_; }
    /// As SETTINGS_MAX_HEADER_LIST_SIZE counts.
    std::size_t listBytes() const { return text_.size() + places_.size() * kFieldCost; }

private:
    struct Place {
        std::uint32_t begin, name, value;
    };
    /// Most names differ in length already.
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
};

/// Value of the first field of that name; empty: none.
inline std::string_view fieldValue(const HttpFields& fields, std::string_view name)
{
    return fields.get(name);
}

/// Whether a Cache-Control field says no-transform (RFC 9111, 5.2.2.6): nobody on the way packs or unpacks the body.
bool noTransform(const HttpFields& fields);

}  // namespace millrace::http
