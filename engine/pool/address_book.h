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

using Address = boost::asio::generic::stream_protocol::endpoint;  ///< of TCP, or the path of a Unix socket

/// The addresses of a backend's name and which connection leads to which: where the next one goes, and which are to end
/// because their address has left the name or others have far fewer. Decides; the pool looks up, dials and drains.
///
/// Owner:  PoolBase.   Thread: its strand.
/// Bound:  kAddressesMax addresses, the first that a lookup names; a connection counts from its dial to its end.
class AddressBook {
public:
    static constexpr std::size_t kAddressesMax = 256;
    static constexpr Duration kFailedFor = 30s;  ///< an address that could not be reached is tried after the others

    /// What a lookup found; empty says nothing. Cut to kAddressesMax. What was connected by path or address alone is
    /// no business of the book.
    void found(std::vector<Address>& addresses, TimePoint now);
    /// Those first to which the fewest connections lead, those that could not be reached lately last.
    void order(std::vector<Address>& addresses, TimePoint now) const;
    /// A connection is opened to this address; of several for one connection the last counts.
    void tries(ConnectionId id, const Address& address);
    void reached(ConnectionId id);
    void failed(const Address& address, TimePoint now);
    void ended(ConnectionId id);
    /// Who listens there did not turn out to be the server.
    void failed(ConnectionId id, TimePoint now);

    /// Those whose address no lookup has named for `grace`: an answer may hold but some of the addresses. They no
    /// longer count.
    std::vector<ConnectionId> gone(TimePoint now, Duration grace);
    /// Those, a quarter of all at most, that are too many at their address while another one, which can be reached for
    /// all that is known, has two fewer or less. The oldest first; they no longer count.
    std::vector<ConnectionId> surplus();
    std::size_t addresses() const { return seen_.size(); }
    std::size_t connections(const Address& address) const;
    /// Another name: nothing is known.
    void clear();

private:
    bool recentlyFailed(const Address& address, TimePoint now) const;

    std::map<Address, TimePoint> seen_;    ///< when a lookup last named it
    std::map<Address, TimePoint> failed_;  ///< of seen_: not reached since
    std::map<Address, std::size_t> counts_;
    std::unordered_map<ConnectionId, Address> places_;
};

}  // namespace millrace::pool
