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

/// Connects a socket to an endpoint: a Unix path, an IP address, or a host name, whose addresses are tried one after
/// the other, each with its share of the time. Followed by a TLS handshake if the endpoint has TLS.
///
///     Status status = co_await dial_.connect(endpoint, deadline, tls, http::TlsOffer::Http2First);
///     if (!status.ok()) co_return status;
///     socket_ = dial_.takeSocket();
///     tls_ = dial_.takeTls();
///
/// Owner:  a connection. Lifetime: REQUIRES: outlives connect().    Thread: the strand.
/// Bound:  kTriedMax addresses per dial.
/// Errors: connect(); DeadlineExceeded: no address answered in time.
/// Stop:   cancel(); a lookup that hangs is abandoned.
class Dial {
public:
    static constexpr std::size_t kTriedMax = 8;
    using Socket = boost::asio::basic_stream_socket<boost::asio::generic::stream_protocol, Strand>;

    /// Chooses among the addresses of a host name.
    class Guide {
    public:
        /// A lookup returned these, at least one. The callee may reorder them: they are tried in order.
        virtual void found(const Endpoint& endpoint, std::vector<Address>& addresses) = 0;
        /// One of them is being dialled, or could not be reached.
        virtual void tries(ConnectionId id, const Address& address) = 0;
        virtual void failedAt(const Address& address) = 0;
        /// Requests a call of expire() at `when`.
        virtual void dialDueAt(TimePoint when) = 0;

    protected:
        ~Guide() = default;
    };

    Dial(ConnectionId id, Strand strand, Clock& clock, Guide* guide);
    Dial(const Dial&) = delete;
    Dial& operator=(const Dial&) = delete;

    /// REQUIRES: called once; `tls` outlives it, and is not null for an endpoint with TLS (otherwise an error).
    boost::asio::awaitable<Status> connect(Endpoint endpoint, TimePoint deadline, http::TlsClient* tls = nullptr,
                                           http::TlsOffer offer = http::TlsOffer::Nothing);
    /// After a successful connect(): a non-blocking socket, with keep-alive probes that detect a silent peer.
    Socket takeSocket() { return std::move(socket_); }
    /// After it: the TLS session, with received bytes already fed; null: no TLS.
    std::unique_ptr<http::TlsSession> takeTls() { return std::move(tls_); }
    void cancel();
    /// The guide is being destroyed, and is not called any more.
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
