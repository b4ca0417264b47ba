// SPDX-License-Identifier: GPL-3.0-or-later
#include "load/load_queue.h"

#include "base/check.h"

#include <algorithm>

namespace millrace::load {

void LoadQueue::push(EntryId entry, Priority priority, int rank)
{
    erase(entry);
    insert({entry, priority, rank, ++turns_});
}

void LoadQueue::move(EntryId entry, Priority priority, int rank)
{
    const std::size_t at = before(entry);
    MR_CHECK(at < places_.size());
    const std::uint64_t turn = places_[at].turn;
    erase(entry);
    insert({entry, priority, rank, turn});
}

void LoadQueue::insert(const Place& place)
{
    const auto isBefore = [](const Place& a, const Place& b) {
        if (a.priority != b.priority) return a.priority > b.priority;
        if (a.rank != b.rank) return a.rank > b.rank;
        return a.turn < b.turn;
    };
    places_.insert(std::upper_bound(places_.begin(), places_.end(), place, isBefore), place);
}

void LoadQueue::erase(EntryId entry)
{
    std::erase_if(places_, [&](const Place& place) { return place.entry == entry; });
}

std::size_t LoadQueue::before(EntryId entry) const
{
    const auto found =
        std::find_if(places_.begin(), places_.end(), [&](const Place& place) { return place.entry == entry; });
    return static_cast<std::size_t>(found - places_.begin());
}

std::vector<EntryId> LoadQueue::entries() const
{
    std::vector<EntryId> all;
    for (const Place& place : places_) all.push_back(place.entry);
    return all;
}

}  // namespace millrace::load
