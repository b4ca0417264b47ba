// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/http_pool_core.h"

#include "pool/connection_body.h"
#include "pool/http_stream.h"
#include "pool/pool_limits.h"
#include "pool/resend.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>

namespace millrace::pool {

namespace {

constexpr std::size_t kHealthBytesMax = 1 << 20;

}  // namespace

HttpPoolCore::HttpPoolCore(PoolSetup setup, HttpPool::Target target)
    : H2PoolCore(setup, Protocol::Http, httpLimits(setup.options, target.endpoint, false)), target_(std::move(target))
{
    offered_ = offersHttp2(options_, target_.endpoint);
    authority_ = target_.endpoint.authority();
    ledger_.capFloor(1, clock_.now());
}

void HttpPoolCore::setTarget(HttpPool::Target target)
{
    const bool moved = target.endpoint != target_.endpoint;
    target_ = std::move(target);
    authority_ = target_.endpoint.authority();
    if (!moved) return;
    forgetAddresses();
    idle_.forget();
    idleLimitChanged();
    const TimePoint now = clock_.now();
    offered_ = offersHttp2(options_, target_.endpoint);
    http2_ = false;
    manners_.chose(false);
    ledger_.capFloor(1, now);
    ledger_.apply(spreadLimits(), now);
    ledger_.evictAll(CloseReason::Evicted, now);
    ledger_.retryNow(now);
    evict({});  // applies the ledger's effects
}

void HttpPoolCore::abortAll()
{
    H2PoolCore::abortAll();
    connections_.disownAll(unavailable("the pool of " + backend_ + " was removed"));
}

LedgerLimits HttpPoolCore::limitsOf(const Options& options) const
{
    return httpLimits(options, target_.endpoint, http2_);
}

// ---- leases ----

HttpLease HttpPoolCore::leaseOf(const Granted& granted)
{
    if (const auto* const connection = connections_.find(granted.connection)) return leaseOf(granted, *connection);
    if (const auto* const channel = findChannel(granted.connection)) return leaseOf(granted, *channel);
    return {};  // lost since the grant
}

HttpLease HttpPoolCore::leaseOf(const Granted& granted, std::shared_ptr<HttpExchange> exchange)
{
    HttpLease lease;
    lease.pool_ = std::static_pointer_cast<HttpPoolCore>(shared_from_this());
    lease.exchange_ = std::move(exchange);
    lease.reused_ = granted.reused;
    return lease;
}

HttpLease HttpPoolCore::leaseOf(const Granted& granted, const std::shared_ptr<H2Channel>& channel)
{
    HttpExchange::Owner* const owner = this;
    return leaseOf(granted, std::make_shared<HttpStream>(channel, strand_, owner));
}

HttpLease HttpPoolCore::liveLeaseOf(const Granted& granted, TimePoint now)
{
    const auto* const connection = connections_.find(granted.connection);
    if (connection && (*connection)->isReusable(now)) return leaseOf(granted, *connection);
    const auto* const channel = findChannel(granted.connection);
    if (channel && (*channel)->good(now)) return leaseOf(granted, *channel);
    return {};
}

void HttpPoolCore::takeBack(HttpExchange& exchange)
{
    std::optional<CloseReason> broken = exchange.finish();
    if (gone()) return exchange.rest(true, {});  // the lease outlived its pool, in a coroutine destroyed with the loop
    if (!broken && manners_.makesWay() && connections_.anotherWaits(exchange)) broken = CloseReason::Shrink;
    const TimePoint now = clock_.now();
    exchange.rest(broken.has_value(), now);  // closed at once, so that the upstream stops working
    release(exchange.id(), broken, now);
}

void HttpLease::release()
{
    const auto pool = std::move(pool_);
    const auto exchange = std::move(exchange_);
    pool_ = nullptr;
    exchange_ = nullptr;
    if (exchange) pool->takeBack(*exchange);
}

// ---- exchanges ----

void HttpPoolCore::takeHead(HttpExchange& exchange, HttpResponse& response)
{
    exchange.takeHead(response);
    // A 5xx response is not a failure of the connection, but does not count as a success either.
    if (response.status < 500) callSucceeded();
    if (const auto limit = exchange.keepAlive()) {
        idle_.announced(*limit);
        idleLimitChanged();
    }
}

net::awaitable<StatusOr<HttpResponse>> HttpPoolCore::exchange(std::shared_ptr<HttpPoolCore> core, HttpRequest&& request,
                                                              Claim claim, bool* connected)
{
    bool sent = false;  // once true, a failure is never isUnsent()
    const auto early = [&sent](Status status) { return sent ? status : withUnsent(std::move(status)); };
    for (bool again = false;; again = true) {
        TimePoint since = core->clock_.now();
        if (claim.cancel.cancelled()) co_return early(claim.cancel.status());
        if (claim.deadline <= since) co_return early(deadlineExceeded("the deadline has passed"));
        // The fast path: a lease without a coroutine.
        Tried<HttpPoolCore> tried = tryLease(*core, since, claim.deadline, claim.forCheck);
        if (!tried.lease) {
            if (!tried.waiter) co_return early(tried.refused);
            auto waited = co_await waitForLease(core, tried.waiter, since, claim);
            if (!waited.ok()) co_return early(waited.status());
            tried.lease = *std::move(waited);
            since = core->clock_.now();
        }
        HttpLease& lease = tried.lease;
        if (connected) *connected = true;
        if (claim.trace) claim.trace->connectionReused = lease.reused();
        const auto exchange = lease.exchange_;
        exchange->begin(std::move(request), core->authority_, since, claim.deadline, claim.cancel, !claim.forCheck);
        core->wakeAt(claim.deadline);
        while (!exchange->headReady() && exchange->failure().ok()) co_await exchange->signal().wait();

        if (!exchange->failure().ok()) {
            const Status why = exchange->failure();
            const ExchangeFailure failure{absl::IsUnavailable(why), exchange->sawBytes(),       exchange->unsent(),
                                          exchange->refused(),      exchange->lostConnection(), lease.reused()};
            const bool blameless = exchange->blameless();
            request = exchange->takeRequest();
            lease.release();
            const Resend reason = resend(failure, request, again);
            if (reason != Resend::No) {
                if (claim.trace)
                    claim.trace->addDecision((reason == Resend::Raced
                                                  ? "retried: a reused connection was closed by the server ("
                                                  : "retried: the server did not process the request (") +
                                             text(why) + ")");
                sent = !failure.unsent;
                continue;
            }
            if (failure.transport && !blameless) core->callFailed(text(why));
            if (failure.unsent) co_return early(why);
            co_return why;
        }

        HttpResponse response;
        core->takeHead(*exchange, response);
        response.connectionReused = lease.reused();
        if (redirects(response.status) && exchange->sentAll())
            response.redirected = std::make_unique<HttpRequest>(exchange->takeRequest());
        if (exchange->done()) {
            std::string whole = exchange->takePiece();
            response.body = std::make_unique<ConnectionBody>(std::move(lease), nullptr, std::move(whole));
        } else {
            std::string first = exchange->pieceReady() ? exchange->takePiece() : std::string();
            response.body = std::make_unique<ConnectionBody>(std::move(lease), exchange, std::move(first));
        }
        co_return response;
    }
}

net::awaitable<StatusOr<HttpResponse>> HttpPoolCore::exchangeOn(std::shared_ptr<HttpPoolCore> core,
                                                                std::shared_ptr<HttpExchange> exchange,
                                                                HttpRequest request, TimePoint deadline,
                                                                CancelToken cancel, bool forCheck)
{
    const TimePoint now = core->clock_.now();
    if (cancel.cancelled()) co_return withUnsent(cancel.status());
    if (deadline <= now) co_return withUnsent(deadlineExceeded("the deadline has passed"));
    if (exchange->busy())
        co_return withUnsent(failedPrecondition("the previous response on this connection was not read completely"));
    exchange->begin(std::move(request), core->authority_, now, deadline, cancel, !forCheck);
    core->wakeAt(deadline);
    while (!exchange->headReady() && exchange->failure().ok()) co_await exchange->signal().wait();
    if (!exchange->failure().ok()) {
        if (absl::IsUnavailable(exchange->failure()) && !exchange->blameless())
            core->callFailed(text(exchange->failure()));
        if (exchange->unsent()) co_return withUnsent(exchange->failure());
        co_return exchange->failure();
    }
    HttpResponse response;
    core->takeHead(*exchange, response);
    std::string first;
    if (exchange->pieceReady()) first = exchange->takePiece();
    auto rest = exchange;
    if (exchange->done()) {
        if (exchange->finish()) exchange->rest(true, now);
        rest = nullptr;
    }
    response.body = std::make_unique<ConnectionBody>(HttpLease(), std::move(rest), std::move(first));
    co_return response;
}

// ---- dialling, closing ----

void HttpPoolCore::dial(ConnectionId id)
{
    const auto connection =
        std::make_shared<HttpConnection>(id, strand_, clock_, static_cast<HttpConnection::Owner*>(this), &guide());
    connections_.add(connection);
    net::co_spawn(strand_, dialTask(std::static_pointer_cast<HttpPoolCore>(shared_from_this()), connection),
                  net::detached);
}

net::awaitable<void> HttpPoolCore::dialTask(std::shared_ptr<HttpPoolCore> core,
                                            std::shared_ptr<HttpConnection> connection)
{
    const ConnectionId id = connection->id();
    const Endpoint endpoint = core->target_.endpoint;
    const TimePoint deadline = core->clock_.now() + core->options_.connectTimeout;
    const auto offer = core->offered_ ? http::TlsOffer::Http2First : http::TlsOffer::Nothing;
    StatusOr<http::TlsClient*> tls = nullptr;
    if (endpoint.tls) tls = core->tlsClient();
    Status status = tls.status();
    if (status.ok())
        status = co_await HttpConnection::connect(connection, endpoint, *tls, offer, deadline);
    else
        co_await net::post(core->strand_, net::use_awaitable);  // as connect() does
    if (core->gone()) co_return;
    if (!status.ok()) {
        core->connections_.take(id);
        core->dialFailed(id, status);
        co_return;
    }
    if (!core->connections_.find(id)) co_return;  // abandoned
    if (connection->speaksHttp2()) {
        core->connections_.take(id);
        const auto channel = core->addChannel(id, H2Channel::kHttp);
        status =
            co_await H2Channel::adopt(channel, endpoint, connection->takeSocket(), connection->takeTls(), deadline);
        if (core->gone()) co_return;
        if (status.ok()) core->spoken(id, true);
        core->channelDialed(channel, status);
        co_return;
    }
    if (core->offered_) core->spoken(id, false);
    core->dialed(id);
    if (core->manners_.proving()) net::co_spawn(core->strand_, prove(core, id), net::detached);
}

/// The protocol that the server selected on this connection: assumed for the next ones as well.
void HttpPoolCore::spoken(ConnectionId id, bool http2)
{
    const TimePoint now = clock_.now();
    if (!http2) ledger_.allows(id, 1, now);
    if (http2_ == http2) return;
    http2_ = http2;
    manners_.chose(http2);
    ledger_.capFloor(1, now);  // until the limits have changed
    ledger_.apply(spreadLimits(), now);
    ledger_.capFloor(manners_.floorCap(), now);
}

/// Connections opened under another setting are drained.
void HttpPoolCore::applied()
{
    if (offered_ == offersHttp2(options_, target_.endpoint)) return;
    offered_ = !offered_;
    ledger_.evictAll(CloseReason::Evicted, clock_.now());
}

void HttpPoolCore::abandonDial(ConnectionId id)
{
    if (connections_.find(id))
        closeConnection(id, CloseReason::Drain);
    else
        H2PoolCore::abandonDial(id);
}

void HttpPoolCore::closeConnection(ConnectionId id, CloseReason reason)
{
    const auto connection = connections_.take(id);
    if (!connection) return H2PoolCore::closeConnection(id, reason);
    connection->disown();
    if (!connection->busy()) return closing_.close([connection] { connection->close(); });
    if (!connection->closed())
        connection->fail(unavailable("the connection was closed: " + std::string(reasonName(reason))));
    connection->close();
}

void HttpPoolCore::dueAt(TimePoint when)
{
    if (http2Connections() > 0)
        H2PoolCore::dueAt(when);
    else
        wakeAt(when);
}

void HttpPoolCore::onPeerClosed(ConnectionId id, bool sawBytes)
{
    const Ledger::Entry* entry = ledger_.find(id);
    if (!entry) return;
    if (!sawBytes && entry->state == State::Idle) {
        const TimePoint now = clock_.now();
        idle_.seenClosed(now - entry->since, now);
        idleLimitChanged();
    }
    lost(id, sawBytes ? CloseReason::Error : CloseReason::ServerClosed);
}

std::optional<TimePoint> HttpPoolCore::sweep(TimePoint now)
{
    const TimePoint next = std::min(H2PoolCore::sweep(now).value_or(TimePoint::max()), connections_.expire(now));
    if (next == TimePoint::max()) return std::nullopt;
    return next;
}

// ---- health ----

std::optional<TimePoint> HttpPoolCore::silentSince() const
{
    const auto channels = H2PoolCore::silentSince();
    const auto connections = connections_.silentSince();
    return channels && connections ? std::min(channels, connections) : (channels ? channels : connections);
}

void HttpPoolCore::heardFrom(ConnectionId id, TimePoint now, bool work, Duration silence)
{
    if (work) heard(now, silence);
    if (manners_.kind() == Manners::Kind::Concurrent || !connections_.anotherIsKept(id, now)) return;
    manners_.answeredBesideAnother();
    ledger_.capFloor(manners_.floorCap(), now);
    wakeAt(now);
}

void HttpPoolCore::wellAgain()
{
    manners_.refresh(clock_.now());
    learnManners();
}

/// Opens one more connection as a proof: it must get an answer while the others stay open.
void HttpPoolCore::learnManners()
{
    if (!up()) return;
    const std::uint32_t held = ledger_.total() - ledger_.count(State::Draining);
    const auto cap = manners_.beginProof(held, std::min(ledger_.limits().sizeMin, ledger_.limits().sizeMax));
    if (!cap) return;
    ledger_.capFloor(cap, clock_.now());
    applyEffects();
    if (ledger_.count(State::Connecting) == 0) manners_.abandonProof();  // not possible now
}

HttpRequest HttpPoolCore::checkRequest() const
{
    HttpRequest request;
    request.method = "GET";
    request.target = target_.healthTarget;
    request.fields = target_.healthFields;
    return request;
}

net::awaitable<void> HttpPoolCore::prove(std::shared_ptr<HttpPoolCore> core, ConnectionId id)
{
    const TimePoint now = core->clock_.now();
    if (!core->manners_.takeProof(core->ledger_.open()) || !core->ledger_.take(id, now)) co_return;  // retried later
    core->applyEffects();
    HttpLease lease = core->leaseOf({id, false});
    if (!lease) {
        core->release(id, std::nullopt, now);
        co_return;
    }
    const TimePoint deadline = now + core->manners_.ask(core->latency());
    const auto connection = lease.exchange_;
    HttpRequest request = core->checkRequest();
    StatusOr<HttpResponse> answer = co_await exchangeOn(core, connection, std::move(request), deadline, {}, true);
    Status status = answer.status();
    if (answer.ok()) status = (co_await readAll(*answer->body, kHealthBytesMax)).status();
    const TimePoint then = core->clock_.now();
    core->manners_.answered(absl::IsDeadlineExceeded(status), then);
    // Before it is released, so that no replacement is opened for a floor that is about to shrink.
    core->ledger_.capFloor(core->manners_.floorCap(), then);
    answer = cancelled("read");
    lease.release();
    core->manners_.proofOver();
    core->applyEffects();
    core->wakeAt(core->clock_.now());
}

net::awaitable<std::optional<Status>> HttpPoolCore::check(TimePoint deadline)
{
    if (manners_.checkWouldWait(ledger_.calls())) co_return std::nullopt;
    const auto self = std::static_pointer_cast<HttpPoolCore>(shared_from_this());
    bool connected = false;
    HttpRequest request = checkRequest();
    Claim claim{.deadline = deadline, .cancel = {}, .forCheck = true};
    StatusOr<HttpResponse> answer = co_await exchange(self, std::move(request), std::move(claim), &connected);
    if (!answer.ok()) {
        // All connections are busy: evidence that the server works.
        if (!connected && (absl::IsResourceExhausted(answer.status()) || ledger_.count(State::Active) > 0))
            co_return std::nullopt;
        co_return answer.status();
    }
    const auto body = co_await readAll(*answer->body, kHealthBytesMax);
    if (!body.ok() && !absl::IsResourceExhausted(body.status())) co_return body.status();
    const unsigned status = answer->status;
    if (status < 400 || status == 404 || status == 405) co_return absl::OkStatus();
    std::string why = "GET " + target_.healthTarget + " answered " + std::to_string(status);
    if (status == 401 || status == 403) why += ": the API key is missing or was rejected";
    co_return unavailable(why);
}

}  // namespace millrace::pool
