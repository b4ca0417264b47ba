// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/grpc_pool_core.h"

#include "pool/acquire.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace millrace::pool {

namespace {

const http::GrpcFramed& emptyMessage()
{
    static const http::GrpcFramed kept(std::string(http::kGrpcPrefix, '\0'));
    return kept;
}

/// Gives up a call whose coroutine is destroyed.
struct CallGuard {
    explicit CallGuard(GrpcStream& callIn) : call(callIn) {}
    CallGuard(const CallGuard&) = delete;
    CallGuard& operator=(const CallGuard&) = delete;
    ~CallGuard() { call.giveUp(cancelled("the answer is no longer needed")); }
    GrpcStream& call;
};

}  // namespace

// ---- leases ----

ChannelLease GrpcPoolCore::leaseOf(const Granted& granted)
{
    ChannelLease lease;
    const auto* const channel = findChannel(granted.connection);
    if (!channel) return lease;
    lease.pool_ = std::static_pointer_cast<GrpcPoolCore>(shared_from_this());
    lease.id_ = granted.connection;
    lease.reused_ = granted.reused;
    lease.channel_ = *channel;
    return lease;
}

ChannelLease GrpcPoolCore::liveLeaseOf(const Granted& granted, TimePoint now)
{
    const auto* const channel = findChannel(granted.connection);
    return channel && (*channel)->good(now) ? leaseOf(granted) : ChannelLease();
}

// ---- calls ----

net::awaitable<Status> GrpcPoolCore::callOn(std::shared_ptr<GrpcPoolCore> core, std::shared_ptr<H2Channel> channel,
                                            GrpcRequest request, TimePoint deadline, CancelToken cancel)
{
    if (!core) co_return internal("a call on a connection that was given back");
    const auto call = GrpcStream::begin(channel, request, GrpcPool::kMessageBytesMax, deadline, true);
    request.framed = {};  // the session keeps what it needs
    const CallGuard guard(*call);
    const auto registration = cancel.onCancel([&call, &cancel] { call->giveUp(cancel.status()); });
    while (!call->over()) co_await call->signal().wait();
    core->callEnded(*channel, *call, cancel.cancelled());
    co_return call->status();
}

void GrpcPoolCore::callEnded(const H2Channel& channel, const GrpcStream& call, bool givenUp)
{
    if (givenUp || gone()) return;
    const Status& status = call.status();
    if (absl::IsUnavailable(status)) {
        // A GOAWAY does not count as a failure.
        if (!isUnsent(status) || !channel.leaving()) callFailed(text(status));
        return;
    }
    if (absl::IsCancelled(status) || absl::IsDeadlineExceeded(status)) return;
    const TimePoint now = clock_.now();  // any gRPC status is an answer
    heard(now, now - call.began());
    callSucceeded();
}

net::awaitable<Status> GrpcPoolCore::call(std::shared_ptr<GrpcPoolCore> core, GrpcRequest request, TimePoint deadline,
                                          CancelToken cancel, Trace* trace)
{
    const Claim claim{deadline, cancel, trace};
    bool again = request.framed.size() <= GrpcPool::kReplayBytesMax;
    for (;;) {
        StatusOr<ChannelLease> acquired = co_await acquireLease(core, claim);
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
    const auto channel = addChannel(id, H2Channel::kGrpc);
    net::co_spawn(strand_, dialTask(std::static_pointer_cast<GrpcPoolCore>(shared_from_this()), channel),
                  net::detached);
}

net::awaitable<void> GrpcPoolCore::dialTask(std::shared_ptr<GrpcPoolCore> core, std::shared_ptr<H2Channel> channel)
{
    if (core->gone()) co_return;  // the clock may be destroyed as well
    const std::string doing = "connecting to " + core->target_.address;
    const TimePoint deadline = core->clock_.now() + core->options_.connectTimeout;
    Status status = core->endpoint_.status();
    http::TlsClient* tls = nullptr;
    if (status.ok() && core->endpoint_->tls) {
        const auto made = core->tlsClient();
        status = made.status();
        if (made.ok()) tls = *made;
    }
    if (status.ok()) {
        Endpoint endpoint = *core->endpoint_;
        status = co_await H2Channel::connect(channel, std::move(endpoint), tls, deadline);
    } else {
        co_await net::post(core->strand_, net::use_awaitable);  // as connect() does
    }
    // An accepted connection proves little: the kernel accepts. An answer proves that the server works.
    if (status.ok()) {
        status = co_await ask(core, channel, deadline);
        if (!status.ok() && !absl::IsDeadlineExceeded(status)) status = unavailable(doing + ": " + text(status));
    }
    if (status.ok() && channel->closed()) status = unavailable(doing + ": the connection was closed");
    if (absl::IsDeadlineExceeded(status)) status = deadlineExceeded(doing + " timed out");
    core->channelDialed(channel, status);
}

// ---- health ----

/// UNIMPLEMENTED is an answer, too.
net::awaitable<Status> GrpcPoolCore::ask(std::shared_ptr<GrpcPoolCore> core, std::shared_ptr<H2Channel> channel,
                                         TimePoint deadline)
{
    GrpcRequest request;
    request.path = core->target_.checkPath;
    request.framed = emptyMessage();
    request.read = core->target_.checkAnswer;
    const auto call = GrpcStream::begin(channel, request, GrpcPool::kMessageBytesMax, deadline, false);
    const CallGuard guard(*call);
    while (!call->over()) co_await call->signal().wait();
    const Status& status = call->status();
    co_return absl::IsUnimplemented(status) ? absl::OkStatus() : status;
}

net::awaitable<std::optional<Status>> GrpcPoolCore::check(TimePoint deadline)
{
    const auto self = std::static_pointer_cast<GrpcPoolCore>(shared_from_this());
    const TimePoint began = clock_.now();
    const Claim claim{deadline, CancelToken(), nullptr, true};
    Tried<GrpcPoolCore> tried = tryLease(*this, began, deadline, true);
    if (!tried.lease) {
        if (!tried.waiter) {
            if (absl::IsResourceExhausted(tried.refused)) co_return std::nullopt;
            co_return tried.refused;
        }
        auto waited = co_await waitForLease(self, tried.waiter, began, claim);
        if (!waited.ok()) {
            if (absl::IsResourceExhausted(waited.status()) || ledger_.count(State::Active) > 0) co_return std::nullopt;
            co_return waited.status();
        }
        tried.lease = *std::move(waited);
    }
    const Status status = co_await ask(self, tried.lease.channel_, deadline);
    if (status.ok()) co_return absl::OkStatus();
    const std::string why = "health check of " + target_.address + ": " + text(status);
    co_return absl::IsDeadlineExceeded(status) ? deadlineExceeded(why) : unavailable(why);
}

}  // namespace millrace::pool
