// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/http_connection.h"
#include "pool/pool.h"
#include "pool/pool_core.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include <algorithm>
#include <array>

namespace millrace::pool {

namespace {

constexpr std::size_t kHealthBytesMax = 1 << 20;
constexpr Duration kProofMin = 1s;  ///< so long a second connection may take to bring its first answer, at least
constexpr Duration kProofMax = 3s;

LedgerLimits httpLimits(const Options& options)
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

class HttpPoolCore final : public PoolCore, private HttpConnection::Owner {
public:
    HttpPoolCore(PoolSetup setup, HttpPool::Target target)
        : PoolCore(setup, "http", httpLimits(setup.options)), target_(std::move(target))
    {
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
        manners_ = Manners::Unknown;
        const TimePoint now = clock_.now();
        ledger_.capFloor(1, now);
        ledger_.evictAll(CloseReason::Evicted, now);
        ledger_.retryNow(now);
        evict({});  // carries out what the ledger decided
    }

    /// The pool is gone: nothing goes on.
    void breakOff()
    {
        close();
        for (auto& [id, connection] : connections_) {
            connection->disown();
            connection->fail(unavailable("the pool of " + backend_ + " was removed"));
        }
    }

    struct Exchange {
        HttpRequest request;
        TimePoint deadline;
        CancelToken cancel;
        Trace* trace = nullptr;
        bool forCheck = false;
        bool* connected = nullptr;  ///< set once there is a connection to ask
    };
    static net::awaitable<StatusOr<HttpResponse>> exchange(std::shared_ptr<HttpPoolCore> core, Exchange what);
    static net::awaitable<StatusOr<HttpLease>> lease(std::shared_ptr<HttpPoolCore> core, TimePoint deadline,
                                                     CancelToken cancel, Trace* trace, bool forCheck);
    static net::awaitable<StatusOr<HttpResponse>> exchangeOn(std::shared_ptr<HttpPoolCore> core,
                                                             std::shared_ptr<HttpConnection> connection,
                                                             HttpRequest request, TimePoint deadline,
                                                             CancelToken cancel, bool forCheck = false);
    void giveBack(HttpConnection& connection);

private:
    LedgerLimits limitsOf(const Options& options) const override { return httpLimits(options); }
    std::string address() const override { return target_.endpoint.address(); }
    void dial(ConnectionId id) override;
    void abandonDial(ConnectionId id) override { shut(id, CloseReason::Drain); }
    void shut(ConnectionId id, CloseReason reason) override;
    net::awaitable<std::optional<Status>> check(TimePoint deadline) override;
    std::optional<TimePoint> sweep(TimePoint now) override;
    void wentAway(ConnectionId id, bool sawBytes) override;
    void dueAt(TimePoint when) override { alarmAt(when); }
    void heardFrom(ConnectionId id, TimePoint now, bool work, Duration silence) override;
    std::optional<TimePoint> silentSince() const override;
    void wellAgain() override;
    void learnManners();
    bool someoneElseWaits(const HttpConnection& connection) const;
    static net::awaitable<void> prove(std::shared_ptr<HttpPoolCore> core, ConnectionId id);

    static net::awaitable<void> dialTask(std::shared_ptr<HttpPoolCore> core,
                                         std::shared_ptr<HttpConnection> connection);
    HttpLease leaseOf(const Granted& granted);
    HttpLease leaseOf(const Granted& granted, const std::shared_ptr<HttpConnection>& connection);
    /// A live connection without suspending; else a waiter or the refusal.
    HttpLease tryLease(TimePoint now, TimePoint deadline, bool forCheck, WaiterId& waiter, Status& refused);
    void takeHead(HttpConnection& connection, HttpResponse& response);

    HttpPool::Target target_;
    std::string authority_;
    std::unordered_map<ConnectionId, std::shared_ptr<HttpConnection>> connections_;
    std::unique_ptr<http::TlsClient> tls_;

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
    ConnectionBody(HttpLease lease, std::shared_ptr<HttpConnection> connection, std::string first)
        : lease_(std::move(lease)), connection_(std::move(connection)), ready_(std::move(first))
    {}
    ~ConnectionBody() override
    {
        // Given back unfinished, the pool closes it; on a connection leased by hand we do so ourselves.
        if (connection_ && !lease_) connection_->fail(cancelled("the response is no longer needed"));
    }

    net::awaitable<StatusOr<std::string>> read() override
    {
        if (!ready_.empty()) {
            std::string piece = std::move(ready_);
            ready_.clear();
            co_return piece;
        }
        if (!connection_) co_return ended_;
        const auto connection = connection_;
        while (!connection->pieceReady() && !connection->done() && connection->failure().ok())
            co_await connection->signal().wait();
        if (connection->pieceReady()) {
            std::string piece = connection->takePiece();
            if (connection->done()) end();
            co_return piece;
        }
        if (!connection->done()) {
            ended_ = connection->failure();
        }
        end();
        co_return ended_;
    }

    std::optional<std::string> takeWhole() override
    {
        if (connection_ || !ended_.ok()) return std::nullopt;
        return std::exchange(ready_, {});
    }

private:
    void end()
    {
        const auto connection = std::move(connection_);
        connection_ = nullptr;
        if (lease_)
            lease_.release();
        else if (connection->reusable())
            connection->finish();
        else
            connection->close();
    }

    HttpLease lease_;
    std::shared_ptr<HttpConnection> connection_;  ///< null: all of it is here
    std::string ready_;
    StatusOr<std::string> ended_ = std::string();
};

}  // namespace

// ---- leases ----

HttpLease HttpPoolCore::leaseOf(const Granted& granted)
{
    const auto found = connections_.find(granted.connection);
    if (found == connections_.end()) return {};  // lost between the grant and now
    return leaseOf(granted, found->second);
}

HttpLease HttpPoolCore::leaseOf(const Granted& granted, const std::shared_ptr<HttpConnection>& connection)
{
    HttpLease lease;
    lease.pool_ = std::static_pointer_cast<HttpPoolCore>(shared_from_this());
    lease.connection_ = connection;
    lease.reused_ = granted.reused;
    return lease;
}

HttpLease HttpPoolCore::tryLease(TimePoint now, TimePoint deadline, bool forCheck, WaiterId& waiter, Status& refused)
{
    for (;;) {
        const Attempt attempt = tryAcquire(now, deadline, forCheck);
        if (!attempt.granted.connection) {
            waiter = attempt.waiter;
            refused = attempt.status;
            return {};
        }
        const auto found = connections_.find(attempt.granted.connection);
        if (found != connections_.end() && found->second->quiet(now)) return leaseOf(attempt.granted, found->second);
        // The server closed it and the loop has not come to see that yet.
        reject(attempt.granted.connection, CloseReason::ServerClosed);
    }
}

net::awaitable<StatusOr<HttpLease>> HttpPoolCore::lease(std::shared_ptr<HttpPoolCore> core, TimePoint deadline,
                                                        CancelToken cancel, Trace* trace, bool forCheck)
{
    TimePoint since = core->clock_.now();
    if (cancel.cancelled()) co_return withUnsent(cancel.status());
    if (deadline <= since) co_return withUnsent(deadlineExceeded("the deadline has passed"));
    WaiterId waiter;
    Status refused;
    HttpLease lease = core->tryLease(since, deadline, forCheck, waiter, refused);
    while (!lease) {
        if (!waiter) co_return withUnsent(refused);
        if (trace) trace->enter(Phase::Connecting, since);
        const StatusOr<Granted> granted = co_await waitFor(core, waiter, since, deadline, cancel);
        const TimePoint now = core->clock_.now();
        if (trace) trace->enter(Phase::Running, now);
        since = now;
        if (!granted.ok()) co_return withUnsent(granted.status());
        lease = core->leaseOf(*granted);
        if (!lease) lease = core->tryLease(now, deadline, forCheck, waiter, refused);
    }
    if (trace) trace->connectionReused = lease.reused();
    co_return lease;
}

void HttpPoolCore::giveBack(HttpConnection& connection)
{
    if (gone()) {
        connection.close();  // a lease that outlives its pool, in a coroutine that ends with the loop
        return;
    }
    std::optional<CloseReason> broken;
    if (!connection.busy()) {
        if (connection.closed()) broken = CloseReason::ServerClosed;
    } else if (connection.reusable()) {
        connection.finish();
    } else if (connection.serverCloses()) {
        broken = CloseReason::ServerClosed;
    } else if (connection.done()) {
        broken = CloseReason::Error;
    } else if (connection.failure().ok() || absl::IsCancelled(connection.failure())) {
        broken = CloseReason::Cancelled;
    } else {
        broken = CloseReason::Error;
    }
    // One thread serves one connection at a time: ours must end before the next is looked at. While it is being found
    // out whether there is but one, the same.
    if (!broken && (manners_ == Manners::OneByOne || asking_) && someoneElseWaits(connection))
        broken = CloseReason::Shrink;
    if (broken) connection.close();  // at once: that is how the upstream learns that nobody waits
    const TimePoint now = clock_.now();
    connection.idleSince(now);
    release(connection.id(), broken, now);
}

ConnectionId HttpLease::id() const
{
    return connection_ ? connection_->id() : ConnectionId{};
}

void HttpLease::release()
{
    const auto pool = std::move(pool_);
    const auto connection = std::move(connection_);
    pool_ = nullptr;
    connection_ = nullptr;
    if (connection) pool->giveBack(*connection);
}

// ---- exchanges ----

void HttpPoolCore::takeHead(HttpConnection& connection, HttpResponse& response)
{
    connection.takeHead(response);
    // A server in trouble still answers: that is no failure of the connection, but nothing to its credit either.
    if (response.status < 500) callSucceeded();
    if (const auto limit = connection.keepAlive()) {
        idle_.told(*limit);
        idleLimitChanged();
    }
}

net::awaitable<StatusOr<HttpResponse>> HttpPoolCore::exchange(std::shared_ptr<HttpPoolCore> core, Exchange what)
{
    bool sent = false;  // of what was sent once, nobody can say that it was not
    const auto early = [&sent](Status status) { return sent ? status : withUnsent(std::move(status)); };
    for (bool again = false;; again = true) {
        HttpLease lease;
        TimePoint since = core->clock_.now();
        {
            // The way of nearly all requests: no coroutine of its own.
            WaiterId waiter;
            Status refused;
            if (what.cancel.cancelled()) co_return early(what.cancel.status());
            if (what.deadline <= since) co_return early(deadlineExceeded("the deadline has passed"));
            lease = core->tryLease(since, what.deadline, what.forCheck, waiter, refused);
            while (!lease) {
                if (!waiter) co_return early(refused);
                if (what.trace) what.trace->enter(Phase::Connecting, since);
                const StatusOr<Granted> granted = co_await waitFor(core, waiter, since, what.deadline, what.cancel);
                const TimePoint now = core->clock_.now();
                if (what.trace) what.trace->enter(Phase::Running, now);
                since = now;
                if (!granted.ok()) co_return early(granted.status());
                lease = core->leaseOf(*granted);
                if (!lease) lease = core->tryLease(now, what.deadline, what.forCheck, waiter, refused);
            }
        }
        if (what.connected) *what.connected = true;
        if (what.trace) what.trace->connectionReused = lease.reused();
        const auto connection = lease.connection_;
        connection->begin(std::move(what.request), core->authority_, since, what.deadline, what.cancel, !what.forCheck);
        core->alarmAt(what.deadline);
        while (!connection->headReady() && connection->failure().ok()) co_await connection->signal().wait();

        if (!connection->failure().ok()) {
            const Status why = connection->failure();
            const bool transport = absl::IsUnavailable(why);
            const bool untouched = !connection->sawBytes();
            const bool unsent = connection->unsent();
            what.request = connection->takeRequest();
            const bool reused = lease.reused();
            lease.release();
            // The oldest race of keep-alive: the server closed while our request travelled.
            if (transport && reused && untouched && !again &&
                (unsent || what.request.replaySafe || idempotent(what.request.method))) {
                if (what.trace)
                    what.trace->tell("retried: a reused connection was closed by the server (" + text(why) + ")");
                sent = !unsent;
                continue;
            }
            if (transport) core->callFailed(text(why));
            if (unsent) co_return early(why);
            co_return why;
        }

        HttpResponse response;
        core->takeHead(*connection, response);
        response.connectionReused = lease.reused();
        if (redirects(response.status) && connection->sentAll())
            response.redirected = std::make_unique<HttpRequest>(connection->takeRequest());
        if (connection->done()) {
            std::string whole = connection->takePiece();
            lease.release();
            response.body = std::make_unique<ConnectionBody>(HttpLease(), nullptr, std::move(whole));
        } else {
            std::string first = connection->pieceReady() ? connection->takePiece() : std::string();
            response.body = std::make_unique<ConnectionBody>(std::move(lease), connection, std::move(first));
        }
        co_return response;
    }
}

net::awaitable<StatusOr<HttpResponse>> HttpPoolCore::exchangeOn(std::shared_ptr<HttpPoolCore> core,
                                                                std::shared_ptr<HttpConnection> connection,
                                                                HttpRequest request, TimePoint deadline,
                                                                CancelToken cancel, bool forCheck)
{
    const TimePoint now = core->clock_.now();
    if (cancel.cancelled()) co_return withUnsent(cancel.status());
    if (deadline <= now) co_return withUnsent(deadlineExceeded("the deadline has passed"));
    if (connection->busy())
        co_return withUnsent(failedPrecondition("the previous response on this connection was not read completely"));
    connection->begin(std::move(request), core->authority_, now, deadline, cancel, !forCheck);
    core->alarmAt(deadline);
    while (!connection->headReady() && connection->failure().ok()) co_await connection->signal().wait();
    if (!connection->failure().ok()) {
        if (absl::IsUnavailable(connection->failure())) core->callFailed(text(connection->failure()));
        if (connection->unsent()) co_return withUnsent(connection->failure());
        co_return connection->failure();
    }
    HttpResponse response;
    core->takeHead(*connection, response);
    std::string first;
    if (connection->pieceReady()) first = connection->takePiece();
    auto rest = connection;
    if (connection->done()) {
        if (connection->reusable())
            connection->finish();
        else
            connection->close();
        rest = nullptr;
    }
    response.body = std::make_unique<ConnectionBody>(HttpLease(), std::move(rest), std::move(first));
    co_return response;
}

net::awaitable<StatusOr<HttpResponse>> HttpLease::exchange(HttpRequest request, TimePoint deadline, CancelToken cancel)
{
    MR_CHECK(connection_ != nullptr);
    auto done = co_await HttpPoolCore::exchangeOn(pool_, connection_, std::move(request), deadline, std::move(cancel));
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
        std::make_shared<HttpConnection>(id, strand_, clock_, static_cast<HttpConnection::Owner*>(this), this);
    connections_.emplace(id, connection);
    net::co_spawn(strand_, dialTask(std::static_pointer_cast<HttpPoolCore>(shared_from_this()), connection),
                  net::detached);
}

net::awaitable<void> HttpPoolCore::dialTask(std::shared_ptr<HttpPoolCore> core,
                                            std::shared_ptr<HttpConnection> connection)
{
    if (core->target_.endpoint.tls && !core->tls_) {
        auto made = http::TlsClient::create();
        if (made.ok()) core->tls_ = *std::move(made);
    }
    const Status status = co_await HttpConnection::connect(connection, core->target_.endpoint, core->tls_.get(),
                                                           core->clock_.now() + core->options_.connectTimeout);
    if (status.ok()) {
        const ConnectionId id = connection->id();
        core->dialed(id);
        if (core->proving_) net::co_spawn(core->strand_, prove(core, id), net::detached);
        co_return;
    }
    core->connections_.erase(connection->id());
    core->dialFailed(connection->id(), status);
}

void HttpPoolCore::shut(ConnectionId id, CloseReason reason)
{
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    const auto connection = std::move(found->second);
    connections_.erase(found);
    connection->disown();
    if (connection->busy() && !connection->closed())
        connection->fail(unavailable("the connection was closed: " + std::string(reasonName(reason))));
    connection->close();
}

void HttpPoolCore::wentAway(ConnectionId id, bool sawBytes)
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
    TimePoint next = TimePoint::max();
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
    std::optional<TimePoint> since;
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
        if (other == id || !connection->answered() || connection->busy() || !connection->quiet(now)) continue;
        manners_ = Manners::Concurrent;
        ledger_.capFloor(std::nullopt, now);
        alarmAt(now);
        return;
    }
}

bool HttpPoolCore::someoneElseWaits(const HttpConnection& connection) const
{
    return std::any_of(connections_.begin(), connections_.end(), [&](const auto& entry) {
        return entry.second.get() != &connection && entry.second->busy() && entry.second->works() &&
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
    const auto connection = lease.connection_;
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
    core->alarmAt(core->clock_.now());
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
    what.deadline = deadline;
    what.forCheck = true;
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
    static_cast<HttpPoolCore&>(*core_).breakOff();
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
    what.deadline = deadline;
    what.cancel = std::move(cancel);
    what.trace = trace;
    return HttpPoolCore::exchange(std::static_pointer_cast<HttpPoolCore>(core_), std::move(what));
}

net::awaitable<StatusOr<HttpLease>> HttpPool::acquire(TimePoint deadline, CancelToken cancel, Trace* trace)
{
    return HttpPoolCore::lease(std::static_pointer_cast<HttpPoolCore>(core_), deadline, std::move(cancel), trace,
                               false);
}

}  // namespace millrace::pool
