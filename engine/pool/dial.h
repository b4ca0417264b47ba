// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"
#include "base/notifier.h"
#include "base/on_strand.h"
#include "http/tls.h"
#include "pool/address_book.h"
#include "pool/endpoint.h"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/generic/stream_protocol.hpp>

#include <memory>
#include <string>
#include <vector>

namespace millrace::pool {

/// Opens a socket to an endpoint: a path, an address, or a name, whose addresses are tried one after the other, each
/// with its share of the time. Where the endpoint says so, TLS begins on it.
///
/// Owner:  a connection, which is kept alive until connect() has ended.    Thread: the strand.
/// Bound:  kTriedMax addresses for a dial.
/// Errors: connect() says why not; DeadlineExceeded: none of them answered in time.
/// Stop:   cancel(); a lookup that hangs is not waited for.
class Dial {
public:
    static constexpr std::size_t kTriedMax = 8;
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;

    /// Who knows the name's addresses.
    class Guide {
    public:
        /// A lookup found these, at least one; they are tried in the order in which it leaves them.
        virtual void found(const Endpoint& endpoint, std::vector<Address>& addresses) = 0;
        /// One of those that were found is tried; no connection to it.
        virtual void tries(ConnectionId id, const Address& address) = 0;
        virtual void failedAt(const Address& address) = 0;
        /// expire() matters at `when`.
        virtual void dialDueAt(TimePoint when) = 0;

    protected:
        ~Guide() = default;
    };

    Dial(ConnectionId id, Strand strand, Clock& clock, Guide* guide);
    Dial(const Dial&) = delete;
    Dial& operator=(const Dial&) = delete;

    /// Once. `tls` outlives it; without one an endpoint with TLS is an error.
    boost::asio::awaitable<Status> connect(Endpoint endpoint, TimePoint deadline, http::TlsClient* tls = nullptr,
                                           http::TlsOffer offer = http::TlsOffer::Nothing);
    /// Of a connect() that went well: a socket that does not block, and whose kernel finds out that the other side is
    /// gone without a word.
    Socket takeSocket() { return std::move(socket_); }
    /// After it: what has arrived is fed. Null: there is none.
    std::unique_ptr<http::TlsSession> takeTls() { return std::move(tls_); }
    void cancel();
    /// The guide is gone.
    void disown() { guide_ = nullptr; }
    TimePoint deadline() const { return attemptDeadline_; }  ///< max: none
    void expire(TimePoint now);

private:
    boost::asio::awaitable<StatusOr<std::vector<Address>>> find(const Endpoint& endpoint);
    boost::asio::awaitable<Status> open(const Endpoint& endpoint);
    boost::asio::awaitable<Status> secure(std::string host, http::TlsClient& client, http::TlsOffer offer);
    void prepare(const Address& address);

    // fixed after construction
    const ConnectionId id_;
    const Strand strand_;
    Clock& clock_;

    // strand only
    Guide* guide_;
    std::string peer_;  ///< for messages
    Socket socket_;
    std::unique_ptr<http::TlsSession> tls_;
    TimePoint deadline_ = TimePoint::max(), attemptDeadline_ = TimePoint::max();
    bool late_ = false;  ///< the attempt's deadline has passed
    bool cancelled_ = false, named_ = false;
    Notifier signal_;
};

}  // namespace millrace::pool
