// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "http/closing_turn.h"
#include "http/send_turn.h"
#include "pool/acquire.h"
#include "pool/h2_pool_core.h"
#include "pool/http_connection.h"
#include "pool/http_connections.h"
#include "pool/http_pool.h"
#include "pool/manners.h"

#include <memory>
#include <optional>
#include <string>

namespace millrace::pool {

/// The implementation of HttpPool: dials, runs exchanges, replays what may be replayed, checks health, and adapts to
/// the upstream's concurrency (Manners).
///
/// Owner:  HttpPool, and leases and exchanges while they live.   Thread: the strand.
/// Bound, errors, replay: see HttpPool.
class HttpPoolCore final : public H2PoolCore, private HttpConnection::Owner {
public:
    using Lease = HttpLease;

    HttpPoolCore(PoolSetup setup, HttpPool::Target target);

    void setTarget(HttpPool::Target target);
    void abortAll() override;

    /// `connected`: set to true once a connection was acquired; may be null. REQUIRES: `request` outlives the call,
    /// which moves from it.
    static boost::asio::awaitable<StatusOr<HttpResponse>> exchange(std::shared_ptr<HttpPoolCore> core,
                                                                   HttpRequest&& request, Claim claim, bool* connected);
    /// On a connection that the caller has leased.
    static boost::asio::awaitable<StatusOr<HttpResponse>> exchangeOn(std::shared_ptr<HttpPoolCore> core,
                                                                     std::shared_ptr<HttpExchange> exchange,
                                                                     HttpRequest request, TimePoint deadline,
                                                                     CancelToken cancel, bool forCheck = false);
    HttpLease leaseOf(const Granted& granted);
    HttpLease liveLeaseOf(const Granted& granted, TimePoint now);
    void takeBack(HttpExchange& exchange);

private:
    // of PoolBase
    LedgerLimits limitsOf(const Options& options) const override;
    void applied() override;
    std::string address() const override { return target_.endpoint.address(); }
    void dial(ConnectionId id) override;
    void abandonDial(ConnectionId id) override;
    void closeConnection(ConnectionId id, CloseReason reason) override;
    boost::asio::awaitable<std::optional<Status>> check(TimePoint deadline) override;
    std::optional<TimePoint> sweep(TimePoint now) override;
    std::optional<TimePoint> silentSince() const override;
    void wellAgain() override;
    // of connections
    void onPeerClosed(ConnectionId id, bool sawBytes) override;
    http::SendTurn* sendTurn() override { return ledger_.count(State::Active) >= kTogetherFrom ? &sendTurn_ : nullptr; }
    void dueAt(TimePoint when) override;
    void heardFrom(ConnectionId id, TimePoint now, bool work, Duration silence) override;

    HttpRequest checkRequest() const;
    void learnManners();
    static boost::asio::awaitable<void> prove(std::shared_ptr<HttpPoolCore> core, ConnectionId id);
    static boost::asio::awaitable<void> dialTask(std::shared_ptr<HttpPoolCore> core,
                                                 std::shared_ptr<HttpConnection> connection);
    void spoken(ConnectionId id, bool http2);
    HttpLease leaseOf(const Granted& granted, std::shared_ptr<HttpExchange> exchange);
    HttpLease leaseOf(const Granted& granted, const std::shared_ptr<H2Channel>& channel);
    void takeHead(HttpExchange& exchange, HttpResponse& response);

    /// From this many requests in flight on, those of a turn of the loop are sent together (SendTurn). Fewer would only
    /// wait.
    static constexpr std::uint32_t kTogetherFrom = 16;

    HttpPool::Target target_;
    std::string authority_;
    http::SendTurn sendTurn_{strand_};
    HttpConnections connections_;
    http::ClosingTurn closing_{strand_};
    Manners manners_;
    bool offered_ = false;  ///< HTTP/2 is offered to new connections
    bool http2_ = false;    ///< it was negotiated the last time
};

}  // namespace millrace::pool
