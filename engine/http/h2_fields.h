// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace millrace::http {

/// The fields of one header block of HTTP/2, in their order, in two allocations for all of them. Names are lower case.
/// Thread: one.
class H2Fields {
public:
    struct Field {
        std::string_view name, value;
    };

    /// What a field costs in a list (RFC 9113, 6.5.2).
    static constexpr std::size_t kFieldCost = 32;

    void add(std::string_view name, std::string_view value)
    {
        places_.push_back({static_cast<std::uint32_t>(text_.size()), static_cast<std::uint32_t>(name.size()),
                           static_cast<std::uint32_t>(value.size())});
        text_.append(name).append(value);
    }
    std::size_t size() const { return places_.size(); }
    bool empty() const { return places_.empty(); }
    Field operator[](std::size_t i) const
    {
        const Place& place = places_[i];
        const std::string_view all(text_);
        return {all.substr(place.begin, place.name), all.substr(place.begin + place.name, place.value)};
    }
    /// The value of the first field of that name; empty: none, or an empty one.
    std::string_view get(std::string_view name) const
    {
        for (std::size_t i = 0; i < places_.size(); ++i)
            if (const Field field = (*this)[i]; field.name == name) return field.value;
        return {};
    }
    /// As SETTINGS_MAX_HEADER_LIST_SIZE counts.
    std::size_t listBytes() const { return text_.size() + places_.size() * kFieldCost; }
    void clear()
    {
        text_.clear();
        places_.clear();
    }

private:
    struct Place {
        std::uint32_t begin, name, value;
    };
    std::string text_;
    std::vector<Place> places_;
};

}  // namespace millrace::http
