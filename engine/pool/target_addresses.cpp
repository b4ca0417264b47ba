// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/target_addresses.h"

#include <boost/asio/post.hpp>

#include <utility>

namespace millrace::pool {

TargetAddresses::TargetAddresses(Strand strand, Clock& clock, Owner& owner, Duration interval)
    : strand_(strand), clock_(clock), owner_(owner), interval_(interval)
{}

void TargetAddresses::apply(Duration interval, TimePoint now)
{
    interval_ = interval;
    if (name_) lookUpAt_ = interval_ > Duration::zero() ? now + interval_ : TimePoint::max();
}

void TargetAddresses::forget()
{
    book_.clear();
    name_.reset();
    lookup_ = nullptr;
    lookUpAt_ = TimePoint::max();
}

void TargetAddresses::found(const Endpoint& endpoint, std::vector<Address>& addresses)
{
    const TimePoint now = clock_.now();
    const std::size_t before = book_.addresses();
    book_.found(addresses, now);
    book_.order(addresses, now);
    name_ = endpoint;
    if (lookUpAt_ == TimePoint::max() && !lookup_ && interval_ > Duration::zero()) {
        lookUpAt_ = now + interval_;
        owner_.addressesDueAt(lookUpAt_);
    }
    if (book_.addresses() != before) owner_.addressesChanged(now);
}

void TargetAddresses::lookUp(TimePoint now, bool wanted)
{
    lookUpAt_ = TimePoint::max();
    if (!name_ || lookup_ || !wanted) return;
    auto lookup = Lookup::start(strand_, name_->host, name_->port);
    if (!lookup.ok()) {
        lookUpAt_ = now + interval_;
        return;
    }
    lookup_ = *std::move(lookup);
    // Not called after the lookup's destruction, which precedes this object's.
    lookup_->onDone([this] {
        net::post(strand_, [this, weak = std::weak_ptr(lookup_)] {
            if (!weak.expired() && weak.lock() == lookup_) lookedUp();
        });
    });
}

void TargetAddresses::lookedUp()
{
    const auto lookup = std::exchange(lookup_, nullptr);
    const TimePoint now = clock_.now();
    const StatusOr<Lookup::Endpoints> answer = lookup->take();
    if (interval_ > Duration::zero()) lookUpAt_ = now + interval_;
    owner_.addressesDueAt(lookUpAt_);
    if (!answer.ok() || answer->empty()) return;
    std::vector<Address> addresses(answer->begin(), answer->end());
    book_.found(addresses, now);
    // With tolerance for the timer's inaccuracy: two lookups without the address.
    const std::vector<ConnectionId> gone = book_.gone(now, interval_ * 3 / 2);
    const std::vector<ConnectionId> surplus = book_.surplus();
    owner_.addressesRenewed(now, gone, surplus);
}

}  // namespace millrace::pool
