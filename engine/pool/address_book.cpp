// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/address_book.h"

#include <algorithm>
#include <utility>

namespace millrace::pool {

void AddressBook::found(std::vector<Address>& addresses, TimePoint now)
{
    if (addresses.size() > kAddressesMax) addresses.resize(kAddressesMax);
    for (const Address& address : addresses) {
        const auto known = seen_.find(address);
        if (known != seen_.end())
            known->second = now;
        else if (seen_.size() < kAddressesMax)
            seen_.emplace(address, now);
    }
}

std::size_t AddressBook::connections(const Address& address) const
{
    const auto found = counts_.find(address);
    return found == counts_.end() ? 0 : found->second;
}

bool AddressBook::recentlyFailed(const Address& address, TimePoint now) const
{
    const auto found = failed_.find(address);
    return found != failed_.end() && now - found->second < kFailedFor;
}

void AddressBook::order(std::vector<Address>& addresses, TimePoint now) const
{
    std::stable_sort(addresses.begin(), addresses.end(), [&](const Address& left, const Address& right) {
        return std::pair(recentlyFailed(left, now), connections(left)) <
               std::pair(recentlyFailed(right, now), connections(right));
    });
}

void AddressBook::tries(ConnectionId id, const Address& address)
{
    ended(id);
    places_.emplace(id, address);
    ++counts_[address];
}

void AddressBook::reached(ConnectionId id)
{
    const auto found = places_.find(id);
    if (found != places_.end()) failed_.erase(found->second);
}

void AddressBook::failed(const Address& address, TimePoint now)
{
    if (seen_.count(address) != 0) failed_.insert_or_assign(address, now);
}

void AddressBook::failed(ConnectionId id, TimePoint now)
{
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    failed(found->second, now);
    ended(id);
}

void AddressBook::ended(ConnectionId id)
{
    const auto found = places_.find(id);
    if (found == places_.end()) return;
    const auto count = counts_.find(found->second);
    if (--count->second == 0) counts_.erase(count);
    places_.erase(found);
}

std::vector<ConnectionId> AddressBook::gone(TimePoint now, Duration grace)
{
    for (auto entry = seen_.begin(); entry != seen_.end();) {
        if (now - entry->second < grace) {
            ++entry;
            continue;
        }
        failed_.erase(entry->first);
        entry = seen_.erase(entry);
    }
    std::vector<ConnectionId> out;
    if (seen_.empty()) return out;  // no recent lookup: nothing to compare with
    for (const auto& [id, address] : places_)
        if (seen_.count(address) == 0) out.push_back(id);
    for (const ConnectionId id : out) ended(id);
    std::sort(out.begin(), out.end());
    return out;
}

std::vector<ConnectionId> AddressBook::surplus()
{
    std::vector<ConnectionId> out;
    std::vector<std::pair<ConnectionId, Address>> oldest(places_.begin(), places_.end());
    std::sort(oldest.begin(), oldest.end(),
              [](const auto& left, const auto& right) { return left.first < right.first; });
    for (std::size_t most = (places_.size() + 3) / 4; most > 0; --most) {
        const std::map<Address, TimePoint>::value_type* least = nullptr;
        for (const auto& entry : seen_) {
            if (failed_.count(entry.first) != 0) continue;
            if (!least || connections(entry.first) < connections(least->first)) least = &entry;
        }
        if (!least) break;
        const auto fullest = std::max_element(counts_.begin(), counts_.end(), [](const auto& left, const auto& right) {
            return left.second < right.second;
        });
        // Each connection taken here is counted as already opened at the other address.
        if (fullest == counts_.end() || fullest->second < connections(least->first) + 2) break;
        const auto taken = std::find_if(oldest.begin(), oldest.end(),
                                        [&](const auto& entry) { return entry.second == fullest->first; });
        out.push_back(taken->first);
        --fullest->second;
        ++counts_[least->first];
        taken->second = least->first;
    }
    // The replacements are counted when they are dialled.
    counts_.clear();
    for (const ConnectionId id : out) places_.erase(id);
    for (const auto& [id, address] : places_) ++counts_[address];
    return out;
}

void AddressBook::clear()
{
    seen_.clear();
    failed_.clear();
    counts_.clear();
    places_.clear();
}

}  // namespace millrace::pool
