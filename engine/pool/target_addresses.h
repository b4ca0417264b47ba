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

/// The addresses of a pool's target, if that is a name: guides each dial to the next one, and looks the name up again
/// while there are connections. AddressBook decides which; the pool's ledger ends connections.
///
/// Owner:  PoolBase.   Thread: the strand.   Bound: one lookup in flight, AddressBook::kAddressesMax addresses.
/// Errors: a lookup that fails leaves the addresses known before: the name's server may be away.
class TargetAddresses final : public Dial::Guide {
public:
    class Owner {
    public:
        /// A dial has found more addresses, or fewer.
        virtual void addressesChanged(TimePoint now) = 0;
        /// The name was looked up while there were connections: those of `gone` lead to addresses that it has lost,
        /// those of `surplus` are too many at theirs.
        virtual void addressesRenewed(TimePoint now, const std::vector<ConnectionId>& gone,
                                      const std::vector<ConnectionId>& surplus) = 0;
        /// Deadlines of dials, or lookUp(), matter at `when`.
        virtual void addressesDueAt(TimePoint when) = 0;

    protected:
        ~Owner() = default;
    };

    /// `interval`: of lookups; zero: a name is looked up when something is dialled, and not again.
    TargetAddresses(Strand strand, Clock& clock, Owner& owner, Duration interval);

    void apply(Duration interval, TimePoint now);
    std::uint32_t count() const { return static_cast<std::uint32_t>(book_.addresses()); }
    TimePoint lookUpAt() const { return lookUpAt_; }
    /// At lookUpAt(). `wanted`: there are connections, else the next dial does it.
    void lookUp(TimePoint now, bool wanted);
    void reached(ConnectionId id) { book_.reached(id); }
    void failed(ConnectionId id, TimePoint now) { book_.failed(id, now); }
    void ended(ConnectionId id) { book_.ended(id); }
    /// Another target.
    void forget();
    /// Nothing is called any more.
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
    std::optional<Endpoint> name_;  ///< of the addresses, if the target is one
    TimePoint lookUpAt_ = TimePoint::max();
    std::shared_ptr<Lookup> lookup_;  ///< in flight
};

}  // namespace millrace::pool
