// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/acquire.h"
#include "pool/h2_pool_core.h"
#include "pool/http_connection.h"
#include "pool/http_stream.h"
#include "pool/pool.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <array>

namespace millrace::pool {

namespace {

constexpr std::size_t kHealthBytesMax = 1 << 20;
constexpr Duration kProofMin = 1s;  ///< so long a second connection may take to bring its first answer, at least
constexpr Duration kProofMax = 3s;

/// Whether a server may choose HTTP/2.
bool offersHttp2(const Options& options, const Endpoint& endpoint)
{
    return options.http2 && endpoint.tls;
}

/// `http2`: it did choose it. One connection then carries what many do else.
LedgerLimits httpLimits(const Options& options, const Endpoint& endpoint, bool http2)
{
    LedgerLimits limits;
    limits.reuse = options.enabled;
    limits.sizeMin = options.enabled ? std::min(options.httpSizeMin, options.httpSizeMax) : 0;
    limits.sizeMax = options.httpSizeMax;
    limits.dialsMax = options.dialsMax;
    limits.waitersMax = options.waitersMax;
    limits.waitTimeout = options.waitTimeout;
    limits.idleLimit = options.idleTimeout;
    limits.ageMax = options.ageMax;
    if (http2) limits.sizeMin = std::min(limits.sizeMin, 1u);
    if (options.enabled && offersHttp2(options, endpoint)) {
        limits.callsAim = HttpPool::kStreamsAim;
        limits.callsMax = HttpPool::kStreamsMax;
    }
    return limits;
}

/// Methods that may be sent twice with the effect of once (RFC 9110, 9.2.2).
bool idempotent(const std::string& method)
{
    static constexpr std::array kMethods{"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE"};
    return std::find(kMethods.begin(), kMethods.end(), method) != kMethods.end();
}

bool redirects(unsigned status)
{
    return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

}  // namespace

class HttpPoolCore final : public H2PoolCore, private HttpConnection::Owner {
public:
    HttpPoolCore(PoolSetup setup, HttpPool::Target target)
        : H2PoolCore(setup, "http", httpLimits(setup.options, target.endpoint, false)), target_(std::move(target))
    {
        offered_ = offersHttp2(options_, target_.endpoint);
        authority_ = target_.endpoint.authority();
        ledger_.capFloor(1, clock_.now());
    }

    void setTarget(HttpPool::Target target)
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
        manners_ = Manners::Unknown;
        ledger_.capFloor(1, now);
        ledger_.apply(spreadLimits(), now);
        ledger_.evictAll(CloseReason::Evicted, now);
        ledger_.retryNow(now);
        evict({});  // carries out what the ledger decided
    }

    void abortAll() override
    {
        H2PoolCore::abortAll();
        for (auto& [id, connection] : connections_) {
            connection->disown();
            connection->fail(unavailable("the pool of " + backend_ + " was removed"));
        }
    }

    using Lease = HttpLease;
    struct Exchange {
        HttpRequest request;
        Claim claim;
        bool* connected = nullptr;  ///< set once there is a connection to ask
    };
    HttpLease leaseOf(const Granted& granted);
    HttpLease liveLeaseOf(const Granted& granted, TimePoint now);
    static net::awaitable<StatusOr<HttpResponse>> exchange(std::shared_ptr<HttpPoolCore> core, Exchange what);
    static net::awaitable<StatusOr<HttpResponse>> exchangeOn(std::shared_ptr<HttpPoolCore> core,
                                                             std::shared_ptr<HttpExchange> exchange,
                                                             HttpRequest request, TimePoint deadline,
                                                             CancelToken cancel, bool forCheck = false);
    void giveBack(HttpExchange& exchange);

private:
    LedgerLimits limitsOf(const Options& options) const override
    {
        return httpLimits(options, target_.endpoint, http2_);
    }
    void applied() override;
    std::string address() const override { return target_.endpoint.address(); }
    void dial(ConnectionId id) override;
    void abandonDial(ConnectionId id) override;
    void shut(ConnectionId id, CloseReason reason) override;
    net::awaitable<std::optional<Status>> check(TimePoint deadline) override;
    std::optional<TimePoint> sweep(TimePoint now) override;
    void onPeerClosed(ConnectionId id, bool sawBytes) override;
    http::SendTurn* sendTurn() override { return ledger_.count(State::Active) >= kTogetherFrom ? &sendTurn_ : nullptr; }
    void dueAt(TimePoint when) override;
    void spoken(ConnectionId id, bool http2);
    void heardFrom(ConnectionId id, TimePoint now, bool work, Duration silence) override;
    std::optional<TimePoint> silentSince() const override;
    void wellAgain() override;
    void learnManners();
    bool someoneElseWaits(const HttpExchange& exchange) const;
    static net::awaitable<void> prove(std::shared_ptr<HttpPoolCore> core, ConnectionId id);

    static net::awaitable<void> dialTask(std::shared_ptr<HttpPoolCore> core,
                                         std::shared_ptr<HttpConnection> connection);
    HttpLease leaseOf(const Granted& granted, std::shared_ptr<HttpExchange> exchange);
    HttpLease leaseOf(const Granted& granted, const std::shared_ptr<H2Channel>& channel);
    void takeHead(HttpExchange& exchange, HttpResponse& response);

    /// So many requests under way keep the loop busy: those of a turn leave together. Fewer would only wait.
    static constexpr std::uint32_t kTogetherFrom = 16;

    HttpPool::Target target_;
    std::string authority_;
    http::SendTurn sendTurn_{strand_};
    std::unordered_map<ConnectionId, std::shared_ptr<HttpConnection>> connections_;
    bool offered_ = false;  ///< HTTP/2, to who is dialled now
    bool http2_ = false;    ///< it was chosen the last time

    /// What the upstream does with a second connection. A server with one thread takes it and answers on it only when
    /// the first has ended; idle ones that were opened for later then keep everybody waiting.
    enum class Manners {
        Unknown,     ///< the floor is one connection; before another is kept, it has to bring an answer
        Concurrent,  ///< the floor is what the settings say
        OneByOne,    ///< the floor is one; who has had an answer makes way for who waits for one
    };
    Manners manners_ = Manners::Unknown;
    bool proving_ = false;    ///< the next connection that opens is to prove itself
    bool asking_ = false;     ///< one is at it
    TimePoint mannersUntil_;  ///< what was learned of OneByOne is learned anew then
};

namespace {

/// The rest of an answer; holds the connection (by its lease) until it has all of it.
class ConnectionBody final : public HttpBody {
public:
    ConnectionBody(HttpLease lease, std::shared_ptr<HttpExchange> exchange, std::string first)
        : lease_(std::move(lease)), exchange_(std::move(exchange)), ready_(std::move(first))
    {}
    ~ConnectionBody() override
    {
        // Given back unfinished, the pool closes it; on a connection leased by hand we do so ourselves.
        if (exchange_ && !lease_) exchange_->fail(cancelled("the response is no longer needed"));
    }

    net::awaitable<StatusOr<std::string>> read() override
    {
        if (!ready_.empty()) {
            std::string piece = std::move(ready_);
            ready_.clear();
            co_return piece;
        }
        if (!exchange_) co_return ended_;
        const auto exchange = exchange_;
        while (!exchange->pieceReady() && !exchange->done() && exchange->failure().ok())
            co_await exchange->signal().wait();
        if (exchange->pieceReady()) {
            std::string piece = exchange->takePiece();
            if (exchange->done()) end();
            co_return piece;
        }
        if (!exchange->done()) {
            ended_ = exchange->failure();
        }
        end();
        co_return ended_;
    }

    std::optional<std::string> takeWhole() override
    {
        if (exchange_ || !ended_.ok()) return std::nullopt;
        return std::exchange(ready_, {});
    }

private:
    void end()
    {
        const auto exchange = std::move(exchange_);
        exchange_ = nullptr;
        if (lease_) return lease_.release();
        if (exchange->finish()) exchange->rest(true, {});
    }

    HttpLease lease_;
    std::shared_ptr<HttpExchange> exchange_;  ///< null: all of it is here
    std::string ready_;
    StatusOr<std::string> ended_ = std::string();
};

}  // namespace

// ---- leases ----

HttpLease HttpPoolCore::leaseOf(const Granted& granted)
{
    if (const auto found = connections_.find(granted.connection); found != connections_.end())
        return leaseOf(granted, found->second);
    if (const auto* const channel = findChannel(granted.connection)) return leaseOf(granted, *channel);
    return {};  // lost between the grant and now
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
    const auto found = connections_.find(granted.connection);
    if (found != connections_.end() && found->second->isReusable(now)) return leaseOf(granted, found->second);
    const auto* const channel = findChannel(granted.connection);
    if (channel && (*channel)->good(now)) return leaseOf(granted, *channel);
    return {};
}

void HttpPoolCore::giveBack(HttpExchange& exchange)
{
    std::optional<CloseReason> broken = exchange.finish();
    if (gone())
        return exchange.rest(true, {});  // a lease that outlives its pool, in a coroutine that ends with the loop
    // One thread serves one connection at a time: ours must end before the next is looked at. While it is being found
    // out whether there is but one, the same.
    if (!broken && (manners_ == Manners::OneByOne || asking_) && someoneElseWaits(exchange))
        broken = CloseReason::Shrink;
    const TimePoint now = clock_.now();
    exchange.rest(broken.has_value(), now);  // closed at once: that is how the upstream learns that nobody waits
    release(exchange.id(), broken, now);
}

ConnectionId HttpLease::id() const
{
    return exchange_ ? exchange_->id() : ConnectionId{};
}

void HttpLease::release()
{
    const auto pool = std::move(pool_);
    const auto exchange = std::move(exchange_);
    pool_ = nullptr;
    exchange_ = nullptr;
    if (exchange) pool->giveBack(*exchange);
}

// ---- exchanges ----

void HttpPoolCore::takeHead(HttpExchange& exchange, HttpResponse& response)
{
    exchange.takeHead(response);
    // A server in trouble still answers: that is no failure of the connection, but nothing to its credit either.
    if (response.status < 500) callSucceeded();
    if (const auto limit = exchange.keepAlive()) {
        idle_.told(*limit);
        idleLimitChanged();
    }
}

net::awaitable<StatusOr<HttpResponse>> HttpPoolCore::exchange(std::shared_ptr<HttpPoolCore> core, Exchange what)
{
    const Claim& claim = what.claim;
    bool sent = false;  // of what was sent once, nobody can say that it was not
    const auto early = [&sent](Status status) { return sent ? status : withUnsent(std::move(status)); };
    for (bool again = false;; again = true) {
        TimePoint since = core->clock_.now();
        if (claim.cancel.cancelled()) co_return early(claim.cancel.status());
        if (claim.deadline <= since) co_return early(deadlineExceeded("the deadline has passed"));
        // The way of nearly all requests: no coroutine of its own.
        Tried<HttpPoolCore> tried = tryLease(*core, since, claim.deadline, claim.forCheck);
        if (!tried.lease) {
            if (!tried.waiter) co_return early(tried.refused);
            auto waited = co_await waitForLease(core, tried.waiter, since, claim);
            if (!waited.ok()) co_return early(waited.status());
            tried.lease = *std::move(waited);
            since = core->clock_.now();
        }
        HttpLease& lease = tried.lease;
        if (what.connected) *what.connected = true;
        if (claim.trace) claim.trace->connectionReused = lease.reused();
        const auto exchange = lease.exchange_;
        exchange->begin(std::move(what.request), core->authority_, since, claim.deadline, claim.cancel,
                        !claim.forCheck);
        core->wakeAt(claim.deadline);
        while (!exchange->headReady() && exchange->failure().ok()) co_await exchange->signal().wait();

        if (!exchange->failure().ok()) {
            const Status why = exchange->failure();
            const bool transport = absl::IsUnavailable(why);
            const bool untouched = !exchange->sawBytes();
            const bool unsent = exchange->unsent();
            const bool refused = exchange->refused(), lost = exchange->lostConnection();
            const bool blameless = exchange->blameless();
            what.request = exchange->takeRequest();
            const bool reused = lease.reused();
            lease.release();
            // The oldest race of keep-alive: the server closed while our request travelled. Or it says that it has done
            // nothing for it.
            const bool raced = reused && lost && (unsent || what.request.replaySafe || idempotent(what.request.method));
            if (transport && untouched && !again && (refused || raced)) {
                if (claim.trace)
                    claim.trace->addDecision((raced ? "retried: a reused connection was closed by the server ("
                                                    : "retried: the server did not process the request (") +
                                             text(why) + ")");
                sent = !unsent;
                continue;
            }
            if (transport && !blameless) core->callFailed(text(why));
            if (unsent) co_return early(why);
            co_return why;
        }

        HttpResponse response;
        core->takeHead(*exchange, response);
        response.connectionReused = lease.reused();
        if (redirects(response.status) && exchange->sentAll())
            response.redirected = std::make_unique<HttpRequest>(exchange->takeRequest());
        if (exchange->done()) {
            std::string whole = exchange->takePiece();
            lease.release();
            response.body = std::make_unique<ConnectionBody>(HttpLease(), nullptr, std::move(whole));
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

net::awaitable<StatusOr<HttpResponse>> HttpLease::exchange(HttpRequest request, TimePoint deadline, CancelToken cancel)
{
    MR_CHECK(exchange_ != nullptr);
    auto done = co_await HttpPoolCore::exchangeOn(pool_, exchange_, std::move(request), deadline, std::move(cancel));
    if (done.ok()) {
        done->connectionReused = reused_;
        reused_ = true;
    }
    co_return done;
}

// ---- dialling, closing ----

void HttpPoolCore::dial(ConnectionId id)
{
    const auto connection =
        std::make_shared<HttpConnection>(id, strand_, clock_, static_cast<HttpConnection::Owner*>(this), &guide());
    connections_.emplace(id, connection);
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
        core->connections_.erase(id);
        core->dialFailed(id, status);
        co_return;
    }
    if (!core->connections_.contains(id)) co_return;  // given up
    if (connection->speaksHttp2()) {
        core->connections_.erase(id);
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
    if (core->proving_) net::co_spawn(core->strand_, prove(core, id), net::detached);
}

/// What the server has chosen on this connection: the next ones are counted upon to be like it.
void HttpPoolCore::spoken(ConnectionId id, bool http2)
{
    const TimePoint now = clock_.now();
    if (!http2) ledger_.allows(id, 1, now);
    if (http2_ == http2) return;
    http2_ = http2;
    manners_ = http2 ? Manners::Concurrent : Manners::Unknown;
    ledger_.capFloor(1, now);  // until the limits are its
    ledger_.apply(spreadLimits(), now);
    if (http2) ledger_.capFloor(std::nullopt, now);
}

/// Connections that were opened under another setting make way.
void HttpPoolCore::applied()
{
    if (offered_ == offersHttp2(options_, target_.endpoint)) return;
    offered_ = !offered_;
    ledger_.evictAll(CloseReason::Evicted, clock_.now());
}

void HttpPoolCore::abandonDial(ConnectionId id)
{
    if (connections_.contains(id))
        shut(id, CloseReason::Drain);
    else
        H2PoolCore::abandonDial(id);
}

void HttpPoolCore::shut(ConnectionId id, CloseReason reason)
{
    const auto found = connections_.find(id);
    if (found == connections_.end()) return H2PoolCore::shut(id, reason);
    const auto connection = std::move(found->second);
    connections_.erase(found);
    connection->disown();
    if (connection->busy() && !connection->closed())
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
    TimePoint next = H2PoolCore::sweep(now).value_or(TimePoint::max());
    for (auto& [id, connection] : connections_) {
        connection->expire(now);
        next = std::min(next, connection->deadline());
    }
    if (next == TimePoint::max()) return std::nullopt;
    return next;
}

// ---- health ----

std::optional<TimePoint> HttpPoolCore::silentSince() const
{
    std::optional<TimePoint> since = H2PoolCore::silentSince();
    for (const auto& [id, connection] : connections_) {
        if (!connection->busy() || !connection->works() || connection->done()) continue;
        since = std::min(since.value_or(TimePoint::max()), connection->silentSince());
    }
    return since;
}

void HttpPoolCore::heardFrom(ConnectionId id, TimePoint now, bool work, Duration silence)
{
    if (work) heard(now, silence);
    if (manners_ == Manners::Concurrent) return;
    // An answer here while another connection, which the server has looked at before, is kept: one thread alone could
    // not. What the kernel knows counts, since the loop may see this answer before the other one's end.
    for (const auto& [other, connection] : connections_) {
        if (other == id || !connection->answered() || connection->busy() || !connection->isReusable(now)) continue;
        manners_ = Manners::Concurrent;
        ledger_.capFloor(std::nullopt, now);
        wakeAt(now);
        return;
    }
}

bool HttpPoolCore::someoneElseWaits(const HttpExchange& exchange) const
{
    return std::any_of(connections_.begin(), connections_.end(), [&](const auto& entry) {
        return entry.second.get() != &exchange && entry.second->busy() && entry.second->works() &&
               !entry.second->sawBytes();
    });
}

void HttpPoolCore::wellAgain()
{
    if (manners_ == Manners::OneByOne && clock_.now() >= mannersUntil_) manners_ = Manners::Unknown;
    learnManners();
}

/// Opens one more connection, which then has to bring an answer while the others are kept.
void HttpPoolCore::learnManners()
{
    if (manners_ != Manners::Unknown || proving_ || !up()) return;
    const std::uint32_t held = ledger_.total() - ledger_.count(State::Draining);
    if (held >= std::min(ledger_.limits().sizeMin, ledger_.limits().sizeMax)) return;  // there is nothing to open
    proving_ = true;
    ledger_.capFloor(std::max(2u, held + 1), clock_.now());
    settle();
    if (ledger_.count(State::Connecting) == 0) proving_ = false;  // not now
}

net::awaitable<void> HttpPoolCore::prove(std::shared_ptr<HttpPoolCore> core, ConnectionId id)
{
    const TimePoint now = core->clock_.now();
    const bool alone = core->ledger_.open() < 2;  // an answer would say nothing then
    if (!core->proving_) co_return;
    core->proving_ = false;
    if (alone || !core->ledger_.take(id, now)) co_return;  // another time
    core->settle();
    HttpLease lease = core->leaseOf({id, false});
    if (!lease) {
        core->release(id, std::nullopt, now);
        co_return;
    }
    HttpRequest request;
    request.method = "GET";
    request.target = core->target_.healthTarget;
    request.fields = core->target_.healthFields;
    const Duration patience = std::clamp<Duration>(core->latency().value_or(0s) * 10, kProofMin, kProofMax);
    const auto connection = lease.exchange_;
    core->asking_ = true;
    StatusOr<HttpResponse> answer = co_await exchangeOn(core, connection, std::move(request), now + patience, {}, true);
    Status status = answer.status();
    if (answer.ok()) status = (co_await readAll(*answer->body, kHealthBytesMax)).status();
    const TimePoint then = core->clock_.now();
    // An answer speaks for itself: see heardFrom(). One that came only because the others had ended says nothing.
    if (core->manners_ == Manners::Unknown && absl::IsDeadlineExceeded(status)) {
        core->manners_ = Manners::OneByOne;
        core->mannersUntil_ = then + IdleLimit::kLearnedFor;
    }
    // Before this one is given back: what is not wanted any more must not be opened in its place.
    if (core->manners_ == Manners::Concurrent)
        core->ledger_.capFloor(std::nullopt, then);
    else
        core->ledger_.capFloor(1, then);
    answer = cancelled("read");
    lease.release();
    core->asking_ = false;
    core->settle();
    core->wakeAt(core->clock_.now());
}

net::awaitable<std::optional<Status>> HttpPoolCore::check(TimePoint deadline)
{
    // Whom one thread serves now has it; a question would only stand behind.
    if (manners_ == Manners::OneByOne && ledger_.calls() > 0) co_return std::nullopt;
    const auto self = std::static_pointer_cast<HttpPoolCore>(shared_from_this());
    bool connected = false;
    Exchange what;
    what.request.method = "GET";
    what.request.target = target_.healthTarget;
    what.request.fields = target_.healthFields;
    what.claim.deadline = deadline;
    what.claim.forCheck = true;
    what.connected = &connected;
    StatusOr<HttpResponse> answer = co_await exchange(self, std::move(what));
    if (!answer.ok()) {
        // All connections busy says that the server works, not that it does not.
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

// ---- the face ----

HttpPool::HttpPool(PoolSetup setup, Target target)
    : Pool(std::make_shared<HttpPoolCore>(std::move(setup), std::move(target)))
{}

HttpPool::~HttpPool()
{
    static_cast<HttpPoolCore&>(*core_).abortAll();
}

void HttpPool::setTarget(Target target)
{
    static_cast<HttpPoolCore&>(*core_).setTarget(std::move(target));
}

net::awaitable<StatusOr<HttpResponse>> HttpPool::exchange(HttpRequest request, TimePoint deadline, CancelToken cancel,
                                                          Trace* trace)
{
    HttpPoolCore::Exchange what;
    what.request = std::move(request);
    what.claim = {deadline, std::move(cancel), trace};
    return HttpPoolCore::exchange(std::static_pointer_cast<HttpPoolCore>(core_), std::move(what));
}

net::awaitable<StatusOr<HttpLease>> HttpPool::acquire(TimePoint deadline, CancelToken cancel, Trace* trace)
{
    return acquireLease(std::static_pointer_cast<HttpPoolCore>(core_), {deadline, std::move(cancel), trace});
}

}  // namespace millrace::pool
