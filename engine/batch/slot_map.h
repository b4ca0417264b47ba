// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace millrace::batch {

/// Values by an id that is never reused: the id of a removed value finds nothing, even when its slot is occupied again.
///
///     const auto id = waiting.insert(member);
///     if (auto member = waiting.take(id)) …      // empty the second time
///
/// Pure. Bound: its values; when it is empty, at most kPlacesKept slots are kept. Cost: an index and a comparison.
/// Ids repeat after 2^32 insertions.
template <typename Value>
class SlotMap {
public:
    using Id = std::uint64_t;  ///< 0: none
    static constexpr std::size_t kPlacesKept = 256;

    Id insert(Value value)
    {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(places_.size()));
            places_.emplace_back();
        }
        const std::uint32_t at = free_.back();
        free_.pop_back();
        if (++uses_ == 0) ++uses_;
        places_[at].use = uses_;
        places_[at].value.emplace(std::move(value));
        return (Id{uses_} << 32) | at;
    }
    /// Empty: it is not there.
    std::optional<Value> take(Id id)
    {
        const auto at = static_cast<std::uint32_t>(id & UINT32_MAX);
        if (at >= places_.size() || places_[at].use != id >> 32) return std::nullopt;
        std::optional<Value> value = std::exchange(places_[at].value, std::nullopt);
        places_[at].use = 0;
        free_.push_back(at);
        if (size() == 0 && places_.size() > kPlacesKept) {
            places_ = {};
            free_ = {};
        }
        return value;
    }
    std::size_t size() const { return places_.size() - free_.size(); }

private:
    struct Place {
        std::uint32_t use = 0;  ///< 0: free
        std::optional<Value> value;
    };
    std::vector<Place> places_;
    std::vector<std::uint32_t> free_;
    std::uint32_t uses_ = 0;
};

}  // namespace millrace::batch
