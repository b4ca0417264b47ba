// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/ids.h"
#include "base/on_strand.h"
#include "pool/address_book.h"
#include "pool/dial.h"
#include "pool/endpoint.h"
#include "pool/lookup.h"

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

namespace millrace::pool {

/// Follows DNS for a pool whose target is a host name: gives each dial its addresses, and resolves the name again
/// regularly while there are connections. AddressBook decides; the pool's ledger closes connections.
///
/// Owner:  PoolBase.   Thread: the strand.   Bound: one lookup in flight, AddressBook::kAddressesMax addresses.
/// Errors: a failed lookup keeps the known addresses, since the name server may be down.
class TargetAddresses final : public Dial::Guide {
public:
    class Owner {
    public:
        /// A dial's lookup changed the number of addresses.
        virtual void addressesChanged(TimePoint now) = 0;
        /// The name was resolved again. `gone`: connections to addresses that it no longer has. `surplus`: connections
        /// to close for an even distribution.
        virtual void addressesRenewed(TimePoint now, const std::vector<ConnectionId>& gone,
                                      const std::vector<ConnectionId>& surplus) = 0;
        /// Requests a tick at `when`, for a dial's deadline or lookUp().
        virtual void addressesDueAt(TimePoint when) = 0;

    protected:
        ~Owner() = default;
    };

    /// `interval` of lookups; zero: names are resolved only by dials.
    TargetAddresses(Strand strand, Clock& clock, Owner& owner, Duration interval);

    void apply(Duration interval, TimePoint now);
    std::uint32_t count() const { return static_cast<std::uint32_t>(book_.addresses()); }
    TimePoint lookUpAt() const { return lookUpAt_; }
    /// Called at lookUpAt(). `wanted`: there are connections; otherwise the next dial resolves the name.
    void lookUp(TimePoint now, bool wanted);
    void reached(ConnectionId id) { book_.reached(id); }
    void failed(ConnectionId id, TimePoint now) { book_.failed(id, now); }
    void ended(ConnectionId id) { book_.ended(id); }
    /// The target changed.
    void forget();
    /// The owner is not called any more.
    void close() { lookup_ = nullptr; }

private:
    void found(const Endpoint& endpoint, std::vector<Address>& addresses) override;
    void tries(ConnectionId id, const Address& address) override { book_.tries(id, address); }
    void failedAt(const Address& address) override { book_.failed(address, clock_.now()); }
    void dialDueAt(TimePoint when) override { owner_.addressesDueAt(when); }
    void lookedUp();

    const Strand strand_;
    Clock& clock_;
    Owner& owner_;
    Duration interval_;
    AddressBook book_;
    std::optional<Endpoint> name_;  ///< the host name of the addresses; empty: not a name
    TimePoint lookUpAt_ = TimePoint::max();
    std::shared_ptr<Lookup> lookup_;  ///< in flight
};

}  // namespace millrace::pool
