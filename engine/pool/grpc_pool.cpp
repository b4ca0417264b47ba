// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/grpc_connection.h"
#include "pool/pool.h"
#include "pool/pool_core.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace millrace::pool {

namespace {

constexpr Duration kLookEvery = 250ms;  ///< at connections with calls in flight

LedgerLimits grpcLimits(const Options& options)
{
    LedgerLimits limits;
    limits.reuse = options.enabled;
    limits.sizeMin = options.enabled ? std::min(options.grpcSizeMin, options.grpcSizeMax) : 0;
    limits.sizeMax = options.grpcSizeMax;
    limits.dialsMax = options.dialsMax;
    limits.waitersMax = options.waitersMax;
    limits.waitTimeout = options.waitTimeout;
    limits.idleLimit = options.idleTimeout;
    limits.ageMax = options.ageMax;
    limits.callsAim = options.enabled ? GrpcPool::kCallsAim : 1;
    limits.callsMax = options.enabled ? GrpcPool::kCallsMax : 1;
    return limits;
}

const http::GrpcFramed& emptyMessage()
{
    static const http::GrpcFramed kept(std::string(http::kGrpcPrefix, '\0'));
    return kept;
}

/// An address that says nothing leads nowhere: each dial says so.
StatusOr<Endpoint> endpointOf(const std::string& address)
{
    auto endpoint = parseEndpoint(address);
    if (endpoint.ok() && endpoint->tls) return invalidArgument(address + ": gRPC backends are reached without TLS");
    return endpoint;
}

/// Nobody waits any more for a call whose coroutine was destroyed.
struct CallGuard {
    CallGuard(GrpcConnection& connectionIn, GrpcConnection::Call& callIn) : connection(connectionIn), call(callIn) {}
    CallGuard(const CallGuard&) = delete;
    CallGuard& operator=(const CallGuard&) = delete;
    ~CallGuard() { connection.giveUp(call, cancelled("the answer is no longer needed")); }
    GrpcConnection& connection;
    GrpcConnection::Call& call;
};

}  // namespace

class GrpcPoolCore final : public PoolCore, public GrpcConnection::Owner {
public:
    GrpcPoolCore(PoolSetup setup, GrpcPool::Target target)
        : PoolCore(setup, "grpc", grpcLimits(setup.options)),
          target_(std::move(target)),
          endpoint_(endpointOf(target_.address))
    {}

    void setTarget(GrpcPool::Target target)
    {
        target_ = std::move(target);
        endpoint_ = endpointOf(target_.address);
        forgetAddresses();
        ledger_.evictAll(CloseReason::Evicted, clock_.now());
        evict({});  // carries out what the ledger decided
    }

    void breakOff();

    static net::awaitable<StatusOr<ChannelLease>> lease(std::shared_ptr<GrpcPoolCore> core, TimePoint deadline,
                                                        CancelToken cancel, Trace* trace);
    static net::awaitable<Status> call(std::shared_ptr<GrpcPoolCore> core, GrpcRequest request, TimePoint deadline,
                                       CancelToken cancel, Trace* trace);
    void callEnded(const GrpcConnection& connection, const GrpcConnection::Call& call, bool givenUp);

private:
    LedgerLimits limitsOf(const Options& options) const override { return grpcLimits(options); }
    std::string address() const override { return target_.address; }
    void dial(ConnectionId id) override;
    void abandonDial(ConnectionId id) override;
    void shut(ConnectionId id, CloseReason reason) override;
    net::awaitable<std::optional<Status>> check(TimePoint deadline) override;
    std::optional<TimePoint> sweep(TimePoint now) override;
    std::optional<TimePoint> silentSince() const override;

    void allows(ConnectionId id, std::uint32_t calls) override;
    void leaves(ConnectionId id) override;
    void wentAway(ConnectionId id, bool busy) override;
    void dueAt(TimePoint when) override;

    static net::awaitable<void> dialTask(std::shared_ptr<GrpcPoolCore> core,
                                         std::shared_ptr<GrpcConnection> connection);
    static net::awaitable<Status> ask(std::shared_ptr<GrpcPoolCore> core, std::shared_ptr<GrpcConnection> connection,
                                      TimePoint deadline);
    ChannelLease tryLease(TimePoint now, TimePoint deadline, bool forCheck, WaiterId& waiter, Status& refused);
    ChannelLease leaseOf(const Granted& granted);

    GrpcPool::Target target_;
    StatusOr<Endpoint> endpoint_;
    std::unordered_map<ConnectionId, std::shared_ptr<GrpcConnection>> connections_;
    std::unordered_map<ConnectionId, std::shared_ptr<GrpcConnection>> ending_;  ///< the ledger has done with them
};

// ---- leases ----

ChannelLease GrpcPoolCore::leaseOf(const Granted& granted)
{
    ChannelLease lease;
    const auto found = connections_.find(granted.connection);
    if (found == connections_.end()) return lease;
    lease.pool_ = std::static_pointer_cast<GrpcPoolCore>(shared_from_this());
    lease.id_ = granted.connection;
    lease.reused_ = granted.reused;
    lease.connection_ = found->second;
    return lease;
}

ChannelLease GrpcPoolCore::tryLease(TimePoint now, TimePoint deadline, bool forCheck, WaiterId& waiter, Status& refused)
{
    for (;;) {
        const Attempt attempt = tryAcquire(now, deadline, forCheck);
        if (!attempt.granted.connection) {
            waiter = attempt.waiter;
            refused = attempt.status;
            return {};
        }
        const auto found = connections_.find(attempt.granted.connection);
        if (found != connections_.end() && found->second->good(now)) return leaseOf(attempt.granted);
        // The server closed it and the loop has not come to see that yet.
        reject(attempt.granted.connection, CloseReason::ServerClosed);
    }
}

net::awaitable<StatusOr<ChannelLease>> GrpcPoolCore::lease(std::shared_ptr<GrpcPoolCore> core, TimePoint deadline,
                                                           CancelToken cancel, Trace* trace)
{
    TimePoint since = core->clock_.now();
    if (cancel.cancelled()) co_return withUnsent(cancel.status());
    if (deadline <= since) co_return withUnsent(deadlineExceeded("the deadline has passed"));
    WaiterId waiter;
    Status refused;
    ChannelLease lease = core->tryLease(since, deadline, false, waiter, refused);
    while (!lease) {
        if (!waiter) co_return withUnsent(refused);
        if (trace) trace->enter(Phase::Connecting, since);
        const StatusOr<Granted> granted = co_await waitFor(core, waiter, since, deadline, cancel);
        const TimePoint now = core->clock_.now();
        if (trace) trace->enter(Phase::Running, now);
        since = now;
        if (!granted.ok()) co_return withUnsent(granted.status());
        lease = core->leaseOf(*granted);
        if (!lease) lease = core->tryLease(now, deadline, false, waiter, refused);
    }
    if (trace) trace->connectionReused = lease.reused();
    co_return lease;
}

void ChannelLease::release()
{
    const auto pool = std::move(pool_);
    pool_ = nullptr;
    connection_ = nullptr;
    if (pool) pool->release(id_, std::nullopt);
}

// ---- calls ----

net::awaitable<Status> ChannelLease::call(GrpcRequest request, TimePoint deadline, CancelToken cancel)
{
    if (!pool_) co_return internal("a call on a connection that was given back");
    const auto pool = pool_;
    const auto connection = connection_;
    const auto call = connection->begin(request, deadline, true);
    request.framed = {};  // the session has it as long as it needs it
    const CallGuard guard(*connection, *call);
    const auto registration =
        cancel.onCancel([&connection, &call, &cancel] { connection->giveUp(*call, cancel.status()); });
    while (!call->done()) co_await call->signal.wait();
    pool->callEnded(*connection, *call, cancel.cancelled());
    co_return call->answer.status();
}

void GrpcPoolCore::callEnded(const GrpcConnection& connection, const GrpcConnection::Call& call, bool givenUp)
{
    if (givenUp || gone()) return;
    const Status& status = call.answer.status();
    if (absl::IsUnavailable(status)) {
        // A server that says goodbye does nothing wrong.
        if (!isUnsent(status) || !connection.leaving()) callFailed(text(status));
        return;
    }
    if (absl::IsCancelled(status) || absl::IsDeadlineExceeded(status)) return;
    const TimePoint now = clock_.now();  // it did answer
    heard(now, now - call.began);
    callSucceeded();
}

net::awaitable<Status> GrpcPoolCore::call(std::shared_ptr<GrpcPoolCore> core, GrpcRequest request, TimePoint deadline,
                                          CancelToken cancel, Trace* trace)
{
    bool again = request.framed.size() <= GrpcPool::kReplayBytesMax;
    for (;;) {
        StatusOr<ChannelLease> acquired = co_await lease(core, deadline, cancel, trace);
        if (!acquired.ok()) co_return acquired.status();
        ChannelLease held = *std::move(acquired);
        GrpcRequest sent = request;
        if (!again) request.framed = {};
        Status status = co_await held.call(std::move(sent), deadline, cancel);
        if (!again || !isUnsent(status) || core->gone()) co_return status;
        again = false;
    }
}

// ---- dialling ----

void GrpcPoolCore::dial(ConnectionId id)
{
    const auto connection =
        std::make_shared<GrpcConnection>(id, strand_, clock_, this, this, std::uint64_t{GrpcPool::kMessageBytesMax});
    connections_.emplace(id, connection);
    net::co_spawn(strand_, dialTask(std::static_pointer_cast<GrpcPoolCore>(shared_from_this()), connection),
                  net::detached);
}

net::awaitable<void> GrpcPoolCore::dialTask(std::shared_ptr<GrpcPoolCore> core,
                                            std::shared_ptr<GrpcConnection> connection)
{
    if (core->gone()) co_return;  // the clock may be as well
    const ConnectionId id = connection->id();
    const std::string doing = "connecting to " + core->target_.address;
    const TimePoint deadline = core->clock_.now() + core->options_.connectTimeout;
    Status status = core->endpoint_.status();
    if (status.ok()) {
        Endpoint endpoint = *core->endpoint_;
        status = co_await GrpcConnection::connect(connection, std::move(endpoint), deadline);
    } else {
        co_await net::post(core->strand_, net::use_awaitable);  // as connect() does
    }
    // That it was accepted says little: the kernel does that. An answer proves that somebody is there.
    if (status.ok()) {
        status = co_await ask(core, connection, deadline);
        if (!status.ok() && !absl::IsDeadlineExceeded(status)) status = unavailable(doing + ": " + text(status));
    }
    if (core->gone()) co_return;
    if (status.ok() && connection->closed()) status = unavailable(doing + ": the connection was closed");
    const auto found = core->connections_.find(id);
    if (found == core->connections_.end()) co_return;  // given up, or it went away and was told so
    if (status.ok()) {
        core->dialed(id);
        if (connection->leaving()) core->leaves(id);
        co_return;
    }
    core->connections_.erase(found);
    connection->disown();
    connection->abort(cancelled("abandoned"));
    core->dialFailed(id, absl::IsDeadlineExceeded(status) ? deadlineExceeded(doing + " timed out") : status);
}

void GrpcPoolCore::abandonDial(ConnectionId id)
{
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    const auto connection = std::move(found->second);
    connections_.erase(found);
    connection->disown();
    connection->abort(cancelled("abandoned"));
}

void GrpcPoolCore::shut(ConnectionId id, CloseReason)
{
    const auto found = connections_.find(id);
    if (found == connections_.end()) return;
    const auto connection = std::move(found->second);
    connections_.erase(found);
    if (connection->closed()) return;
    ending_.emplace(id, connection);
    connection->closeGently();  // calls that the ledger has lost sight of end first
    if (!gone()) alarmAt(clock_.now() + kLookEvery);
}

void GrpcPoolCore::breakOff()
{
    close();
    for (auto* const all : {&connections_, &ending_}) {
        for (auto& [id, connection] : std::exchange(*all, {})) {
            connection->disown();
            connection->abort(unavailable("the backend was removed"));
        }
    }
}

// ---- what the connections say ----

void GrpcPoolCore::allows(ConnectionId id, std::uint32_t calls)
{
    ledger_.allows(id, calls, clock_.now());
    settle();
}

void GrpcPoolCore::leaves(ConnectionId id)
{
    const Ledger::Entry* entry = ledger_.find(id);
    if (!entry || entry->state == State::Connecting) return;  // the dial sees it by itself
    ledger_.leaves(id, CloseReason::ServerClosed, clock_.now());
    settle();
}

void GrpcPoolCore::wentAway(ConnectionId id, bool busy)
{
    ending_.erase(id);
    const Ledger::Entry* entry = ledger_.find(id);
    if (!entry || entry->state == State::Connecting) return;  // the dial sees it by itself
    connections_.erase(id);
    lost(id, busy ? CloseReason::Error : CloseReason::ServerClosed);
}

void GrpcPoolCore::dueAt(TimePoint when)
{
    alarmAt(std::min(when, clock_.now() + kLookEvery));
}

std::optional<TimePoint> GrpcPoolCore::sweep(TimePoint now)
{
    std::vector<std::shared_ptr<GrpcConnection>> all;
    all.reserve(connections_.size() + ending_.size());
    for (const auto& [id, connection] : connections_) all.push_back(connection);
    for (const auto& [id, connection] : ending_) all.push_back(connection);
    TimePoint next = TimePoint::max();
    for (const auto& connection : all) {
        connection->look(now);
        next = std::min(next, connection->deadline());
        if (connection->needsLook()) next = std::min(next, now + kLookEvery);
    }
    if (next == TimePoint::max()) return std::nullopt;
    return next;
}

// ---- health ----

std::optional<TimePoint> GrpcPoolCore::silentSince() const
{
    std::optional<TimePoint> since;
    for (const auto& [id, connection] : connections_)
        if (const auto silent = connection->silentSince()) since = std::min(since.value_or(TimePoint::max()), *silent);
    return since;
}

/// That it does not know the question is an answer, too.
net::awaitable<Status> GrpcPoolCore::ask(std::shared_ptr<GrpcPoolCore> core, std::shared_ptr<GrpcConnection> connection,
                                         TimePoint deadline)
{
    GrpcRequest request;
    request.path = core->target_.checkPath;
    request.framed = emptyMessage();
    request.read = core->target_.checkAnswer;
    const auto call = connection->begin(request, deadline, false);
    const CallGuard guard(*connection, *call);
    while (!call->done()) co_await call->signal.wait();
    const Status& status = call->answer.status();
    co_return absl::IsUnimplemented(status) ? absl::OkStatus() : status;
}

net::awaitable<std::optional<Status>> GrpcPoolCore::check(TimePoint deadline)
{
    const auto self = std::static_pointer_cast<GrpcPoolCore>(shared_from_this());
    const TimePoint began = clock_.now();
    WaiterId waiter;
    Status refused;
    ChannelLease lease = tryLease(began, deadline, true, waiter, refused);
    while (!lease) {
        if (!waiter) {
            if (absl::IsResourceExhausted(refused)) co_return std::nullopt;
            co_return refused;
        }
        const StatusOr<Granted> granted = co_await waitFor(self, waiter, began, deadline, CancelToken());
        if (!granted.ok()) {
            if (absl::IsResourceExhausted(granted.status()) || ledger_.count(State::Active) > 0) co_return std::nullopt;
            co_return granted.status();
        }
        lease = leaseOf(*granted);
        if (!lease) lease = tryLease(clock_.now(), deadline, true, waiter, refused);
    }
    const Status status = co_await ask(self, lease.connection_, deadline);
    if (status.ok()) co_return absl::OkStatus();
    const std::string why = "health check of " + target_.address + ": " + text(status);
    co_return absl::IsDeadlineExceeded(status) ? deadlineExceeded(why) : unavailable(why);
}

// ---- the face ----

GrpcPool::GrpcPool(PoolSetup setup, Target target)
    : Pool(std::make_shared<GrpcPoolCore>(std::move(setup), std::move(target)))
{}

GrpcPool::~GrpcPool()
{
    static_cast<GrpcPoolCore&>(*core_).breakOff();
}

void GrpcPool::setTarget(Target target)
{
    static_cast<GrpcPoolCore&>(*core_).setTarget(std::move(target));
}

net::awaitable<StatusOr<ChannelLease>> GrpcPool::acquire(TimePoint deadline, CancelToken cancel, Trace* trace)
{
    return GrpcPoolCore::lease(std::static_pointer_cast<GrpcPoolCore>(core_), deadline, std::move(cancel), trace);
}

net::awaitable<Status> GrpcPool::call(GrpcRequest request, TimePoint deadline, CancelToken cancel, Trace* trace)
{
    return GrpcPoolCore::call(std::static_pointer_cast<GrpcPoolCore>(core_), std::move(request), deadline,
                              std::move(cancel), trace);
}

}  // namespace millrace::pool
