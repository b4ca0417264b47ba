// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/ids.h"

#include <boost/asio/generic/stream_protocol.hpp>

#include <cstddef>
#include <map>
#include <unordered_map>
#include <vector>

namespace millrace::pool {

using Address = boost::asio::generic::stream_protocol::endpoint;  ///< TCP, or a Unix socket's path

/// The addresses behind a backend's host name, and which connection uses which: decides where the next connection goes,
/// and which ones to drain because DNS dropped their address or because the load is uneven. The pool resolves, dials,
/// drains.
///
/// Owner:  PoolBase.   Thread: its strand.   Pure.
/// Bound:  kAddressesMax addresses, the first of a lookup; a connection counts from its dial to its end.
class AddressBook {
public:
    static constexpr std::size_t kAddressesMax = 256;
    static constexpr Duration kFailedFor = 30s;  ///< an unreachable address is tried last for so long

    /// The result of a lookup, which is truncated to kAddressesMax; an empty one is ignored. Connections to IP literals
    /// and paths are not tracked.
    void found(std::vector<Address>& addresses, TimePoint now);
    /// Sorts by number of connections, fewest first; addresses that failed recently go last.
    void order(std::vector<Address>& addresses, TimePoint now) const;
    /// The connection is dialled to `address`; the latest call counts.
    void tries(ConnectionId id, const Address& address);
    void reached(ConnectionId id);
    void failed(const Address& address, TimePoint now);
    void ended(ConnectionId id);
    /// Connected, but not to a working server.
    void failed(ConnectionId id, TimePoint now);

    /// Connections whose address was missing from all lookups for `grace` (a DNS answer may contain only some of them).
    /// They are no longer counted.
    std::vector<ConnectionId> gone(TimePoint now, Duration grace);
    /// Connections to close for balance: those at an address that has at least two more than another, reachable one. At
    /// most a quarter of all, oldest first. They are no longer counted.
    std::vector<ConnectionId> surplus();
    std::size_t addresses() const { return seen_.size(); }
    std::size_t connections(const Address& address) const;
    /// Forgets everything: another host name.
    void clear();

private:
    bool recentlyFailed(const Address& address, TimePoint now) const;

    std::map<Address, TimePoint> seen_;    ///< last time a lookup returned it
    std::map<Address, TimePoint> failed_;  ///< subset of seen_: not reached since then
    std::map<Address, std::size_t> counts_;
    std::unordered_map<ConnectionId, Address> places_;
};

}  // namespace millrace::pool
