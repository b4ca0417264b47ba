// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/pool.h"
#include "pool/pool_core.h"

#include <climits>
#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>

namespace millrace::pool {

namespace {

constexpr Duration kLookEvery = 250ms;  ///< at channels that carry nothing, for those the server has closed
constexpr int kReconnectMaxMs = 1000;

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

std::shared_ptr<grpc::Channel> makeChannel(const std::string& address, Duration connectTimeout)
{
    const double connectMs = std::clamp(toMs(connectTimeout), 1.0, static_cast<double>(INT_MAX));
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // else all channels share one connection
    arguments.SetMaxReceiveMessageSize(GrpcPool::kMessageBytesMax);
    arguments.SetMaxSendMessageSize(GrpcPool::kMessageBytesMax);
    arguments.SetInt(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 0);  // servers answer such pings with GOAWAY
    arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, INT_MAX);
    arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
    // Whatever its name says: how long one attempt may take. Less than our own limit, and a slow server is never
    // reached.
    arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS, static_cast<int>(connectMs));
    arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, kReconnectMaxMs);
    arguments.SetInt(GRPC_ARG_CLIENT_IDLE_TIMEOUT_MS, INT_MAX);  // idle limits are the ledger's
    arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);                // replaying is ours to decide
    return grpc::CreateCustomChannel(address, grpc::InsecureChannelCredentials(), arguments);
}

}  // namespace

class GrpcPoolCore final : public PoolCore {
public:
    GrpcPoolCore(PoolSetup setup, GrpcPool::Target target)
        : PoolCore(setup, "grpc", grpcLimits(setup.options)), target_(std::move(target))
    {}

    void setTarget(GrpcPool::Target target)
    {
        target_ = std::move(target);
        ledger_.evictAll(CloseReason::Evicted, clock_.now());
        evict({});  // carries out what the ledger decided
    }

    void breakOff()
    {
        close();
        channels_.clear();
    }

    static net::awaitable<StatusOr<ChannelLease>> lease(std::shared_ptr<GrpcPoolCore> core, TimePoint deadline,
                                                        CancelToken cancel, Trace* trace);
    void giveBack(ConnectionId id, bool work);
    void callEnded(ConnectionId id, TimePoint since, const std::string* why);

private:
    struct Channel {
        std::shared_ptr<grpc::Channel> channel;
        std::shared_ptr<void> attachment;
        TimePoint deadline = TimePoint::max();  ///< of the dial
        bool open = false;
    };

    LedgerLimits limitsOf(const Options& options) const override { return grpcLimits(options); }
    std::string address() const override { return target_.address; }
    void dial(ConnectionId id) override;
    void abandonDial(ConnectionId id) override { channels_.erase(id); }
    void shut(ConnectionId id, CloseReason) override { channels_.erase(id); }  // calls under way keep their channel
    net::awaitable<std::optional<Status>> check(TimePoint deadline) override;
    std::optional<TimePoint> sweep(TimePoint now) override;
    std::optional<TimePoint> silentSince() const override
    {
        return working_ > 0 ? std::optional<TimePoint>(workingSince_) : std::nullopt;
    }

    void pinged(ConnectionId id, const Status& status);
    ChannelLease tryLease(TimePoint now, TimePoint deadline, bool forCheck, WaiterId& waiter, Status& refused);
    ChannelLease leaseOf(const Granted& granted);

    GrpcPool::Target target_;
    std::unordered_map<ConnectionId, Channel> channels_;
    std::uint32_t working_ = 0;  ///< calls of somebody's
    TimePoint workingSince_;     ///< when the first of them began; there has been one ever since
};

// ---- leases ----

ChannelLease GrpcPoolCore::leaseOf(const Granted& granted)
{
    ChannelLease lease;
    const auto found = channels_.find(granted.connection);
    if (found == channels_.end()) return lease;
    lease.pool_ = std::static_pointer_cast<GrpcPoolCore>(shared_from_this());
    lease.id_ = granted.connection;
    lease.reused_ = granted.reused;
    lease.channel_ = found->second.channel;
    lease.attachment_ = found->second.attachment;
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
        const auto found = channels_.find(attempt.granted.connection);
        if (found != channels_.end() && found->second.channel->GetState(false) == GRPC_CHANNEL_READY)
            return leaseOf(attempt.granted);
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
    const TimePoint now = core->clock_.now();
    core->alarmAt(now + kLookEvery);
    lease.work_ = true;
    lease.since_ = now;
    if (core->working_++ == 0) core->workingSince_ = now;
    co_return lease;
}

void GrpcPoolCore::giveBack(ConnectionId id, bool work)
{
    if (work) --working_;
    release(id, std::nullopt);
}

void GrpcPoolCore::callEnded(ConnectionId id, TimePoint since, const std::string* why)
{
    if (!why) {
        const TimePoint now = clock_.now();
        heard(now, now - since);
        callSucceeded();
        return;
    }
    const auto found = channels_.find(id);
    if (found != channels_.end() && found->second.channel->GetState(false) != GRPC_CHANNEL_READY)
        lost(id, CloseReason::Error);
    callFailed(*why);
}

void ChannelLease::succeeded()
{
    if (pool_) pool_->callEnded(id_, since_, nullptr);
}

void ChannelLease::failed(const std::string& why)
{
    if (pool_) pool_->callEnded(id_, since_, &why);
}

void ChannelLease::release()
{
    const auto pool = std::move(pool_);
    pool_ = nullptr;
    channel_ = nullptr;
    attachment_ = nullptr;
    if (pool) pool->giveBack(id_, std::exchange(work_, false));
}

// ---- dialling ----

void GrpcPoolCore::dial(ConnectionId id)
{
    Channel& made = channels_[id];
    made.channel = makeChannel(target_.address, options_.connectTimeout);
    made.deadline = clock_.now() + options_.connectTimeout;
    if (target_.attach) made.attachment = target_.attach(made.channel);
    made.channel->GetState(true);  // begins to connect
    // The ping waits for the connection and proves that somebody answers on it.
    target_.ping(made.channel, options_.connectTimeout, [weak = weak_from_this(), id](Status status) {
        const auto self = std::static_pointer_cast<GrpcPoolCore>(weak.lock());
        if (self) self->pinged(id, status);
    });
}

void GrpcPoolCore::pinged(ConnectionId id, const Status& status)
{
    const auto found = channels_.find(id);
    if (found == channels_.end() || found->second.open) return;
    // A server that does not know the question is there all the same.
    if (status.ok() || absl::IsUnimplemented(status)) {
        found->second.open = true;
        found->second.deadline = TimePoint::max();
        dialed(id);
        alarmAt(clock_.now() + kLookEvery);
        return;
    }
    channels_.erase(found);
    dialFailed(id, unavailable("connecting to " + target_.address + ": " + text(status)));
}

std::optional<TimePoint> GrpcPoolCore::sweep(TimePoint now)
{
    std::vector<ConnectionId> late, gone;
    TimePoint next = TimePoint::max();
    for (const auto& [id, channel] : channels_) {
        if (!channel.open) {
            if (now >= channel.deadline)
                late.push_back(id);
            else
                next = std::min(next, channel.deadline);
            continue;
        }
        next = std::min(next, now + kLookEvery);
        if (channel.channel->GetState(false) != GRPC_CHANNEL_READY) gone.push_back(id);
    }
    // Each of these plans anew by itself: what is erased first is not looked at twice.
    for (const ConnectionId id : late) {
        channels_.erase(id);
        dialFailed(id, deadlineExceeded("connecting to " + target_.address + " timed out"));
    }
    for (const ConnectionId id : gone) {
        if (channels_.erase(id) == 0) continue;
        lost(id, CloseReason::ServerClosed);
    }
    if (next == TimePoint::max()) return std::nullopt;
    return next;
}

// ---- health ----

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
    OneShot<Status> answer;
    target_.ping(lease.channel(), deadline - clock_.now(), [answer](Status status) { answer.set(std::move(status)); });
    const Status status = co_await answer.wait();
    if (status.ok() || absl::IsUnimplemented(status)) co_return absl::OkStatus();
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

}  // namespace millrace::pool
