// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/grpc_connection.h"

#include "http/grpc_text.h"

#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <utility>

namespace millrace::pool {

using http::H2Code;
using http::H2StreamId;
using http::HttpFields;

namespace {

constexpr std::size_t kFields = 9, kFieldBytes = 320;  // of a request

http::H2Limits h2Limits()
{
    http::H2Limits limits;
    limits.streamWindow = GrpcConnection::kStreamWindow;
    limits.connectionWindow = GrpcConnection::kConnectionWindow;
    return limits;
}

/// The dial has a deadline of its own, and how long one may be idle is the ledger's business.
http::H2Timeouts h2Timeouts()
{
    http::H2Timeouts timeouts;
    timeouts.greeting = Duration::max();
    timeouts.idle = Duration::max();
    return timeouts;
}

}  // namespace

GrpcConnection::GrpcConnection(ConnectionId id, Strand strand, Clock& clock, Owner* owner, Dial::Guide* guide,
                               std::uint64_t messageBytesMax)
    : id_(id),
      strand_(strand),
      clock_(clock),
      messageBytesMax_(messageBytesMax),
      owner_(owner),
      dial_(id, strand, clock, guide)
{}

// ---- the dial ----

net::awaitable<Status> GrpcConnection::connect(std::shared_ptr<GrpcConnection> self, Endpoint endpoint,
                                               TimePoint deadline)
{
    self->peer_ = endpoint.address();
    self->authority_ = endpoint.authority();
    // Never within the call that asked for it: whoever waits for this dial must be registered first.
    co_await net::post(self->strand_, net::use_awaitable);
    Status status = co_await self->dial_.connect(std::move(endpoint), deadline);
    if (status.ok() && self->closed_) status = cancelled("abandoned");
    if (!status.ok()) {
        self->closed_ = true;
        co_return status;
    }
    self->h2_ = std::make_shared<http::H2Connection>(self->strand_, self->clock_, self->dial_.takeSocket(),
                                                     http::H2Role::Client, h2Limits(), h2Timeouts(), *self);
    self->h2_->start();
    co_return absl::OkStatus();
}

// ---- calls ----

std::shared_ptr<GrpcConnection::Call> GrpcConnection::begin(const GrpcRequest& request, TimePoint deadline, bool work)
{
    const auto call = std::make_shared<Call>(messageBytesMax_, request);
    if (!h2_ || closed_) {  // and the clock may be gone, too
        call->answer.end(withUnsent(unavailable("the connection to " + peer_ + " was closed")));
        return call;
    }
    call->began = clock_.now();
    call->deadline = deadline;
    call->work = work;
    HttpFields fields;
    fields.reserve(kFields, kFieldBytes);
    fields.add(":method", "POST");
    fields.add(":scheme", "http");
    fields.add(":path", request.path);
    fields.add(":authority", authority_);
    fields.add("te", "trailers");
    fields.add("content-type", "application/grpc");
    fields.add("user-agent", "millrace");
    fields.add("grpc-accept-encoding", "identity,deflate,gzip");
    if (deadline != TimePoint::max()) fields.add("grpc-timeout", http::formatCoarseGrpcTimeout(deadline - call->began));
    auto& session = h2_->session();
    const auto stream = session.request(fields, false);
    if (!stream) {
        call->answer.end(withUnsent(unavailable(peer_ + " takes no new calls on this connection")));
        return call;
    }
    call->stream = *stream;
    calls_.emplace(*stream, call);
    request.framed.forEach([&](const SharedBytes& piece) { session.send(*stream, piece); });
    session.finish(*stream);
    // A batch is computed while those of the one before it get their answers; a lone call gains nothing by waiting.
    if (request.framed.size() >= kLarge || calls_.size() == 1)
        h2_->wakeNow();
    else
        h2_->wake();
    if (owner_) owner_->dueAt(deadline);
    return call;
}

std::shared_ptr<GrpcConnection::Call> GrpcConnection::find(H2StreamId stream) const
{
    const auto found = calls_.find(stream);
    return found == calls_.end() ? nullptr : found->second;
}

void GrpcConnection::giveUp(Call& call, Status why)
{
    if (call.done()) return;
    const auto kept = find(call.stream);
    call.answer.end(std::move(why));
    if (kept) settle(kept, true);
}

void GrpcConnection::settle(const std::shared_ptr<Call>& call, bool open)
{
    if (!call->done()) return;
    calls_.erase(call->stream);
    // What has been answered before all of it was sent need not be sent.
    if (h2_ && (open || h2_->session().unsent(call->stream) > 0)) {
        h2_->session().reset(call->stream, H2Code::Cancel);
        h2_->wake();
    }
    if (h2_ && h2_->isReading())
        answered_.push_back(call);
    else
        call->signal.wakeLater(strand_);
}

// ---- what the server does ----

void GrpcConnection::onHeaders(H2StreamId stream, HttpFields fields, bool tooLarge, bool last)
{
    const auto call = find(stream);
    if (!call) return;
    call->answer.onHeaders(fields, tooLarge, last);
    settle(call, !last);
}

void GrpcConnection::onData(H2StreamId stream, std::string_view bytes)
{
    const auto call = find(stream);
    if (!call) return h2_->session().consumeConnection(bytes.size());
    call->answer.onData(bytes);
    h2_->session().consume(stream, bytes.size());
    settle(call, true);
}

void GrpcConnection::onEnd(H2StreamId stream)
{
    const auto call = find(stream);
    if (!call) return;
    call->answer.onEnd();
    settle(call, false);
}

void GrpcConnection::onClosed(H2StreamId stream, std::uint32_t code)
{
    const auto call = find(stream);
    if (!call) return;
    const auto& gone = h2_->whyGone();
    if (gone) {
        busyAtEnd_ = true;
        const Status lost = unavailable(peer_ + ": " + (gone->ok() ? "the connection was closed" : text(*gone)));
        call->answer.end(code == static_cast<std::uint32_t>(H2Code::RefusedStream) ? withUnsent(lost) : lost);
    } else {
        call->answer.onReset(code);
    }
    settle(call, false);
}

/// Who waits goes on within this turn: what follows from an answer, such as the next batch, does not wait for others'.
void GrpcConnection::onRead()
{
    const auto self = shared_from_this();
    for (const auto& call : std::exchange(answered_, {})) call->signal.wakeNow();
}

void GrpcConnection::onLeaving()
{
    leaving_ = true;
    if (owner_) owner_->leaves(id_);
}

void GrpcConnection::onSettings()
{
    if (owner_) owner_->allows(id_, h2_->session().streamsAllowed());
}

void GrpcConnection::onGone(const Status&)
{
    const auto self = shared_from_this();
    closed_ = true;
    h2_ = nullptr;
    for (const auto& call : std::exchange(answered_, {})) call->signal.wakeLater(strand_);
    if (owner_) std::exchange(owner_, nullptr)->wentAway(id_, busyAtEnd_);
}

bool GrpcConnection::good(TimePoint now) const
{
    if (closed_ || !h2_ || leaving_ || h2_->session().framesQueued() > kFramesQueuedMax) return false;
    return !calls_.empty() || h2_->otherSideOpen(now);
}

// ---- its end, and time ----

void GrpcConnection::closeGently()
{
    if (h2_) return h2_->closeGently();
    abort(cancelled("abandoned"));
}

void GrpcConnection::abort(const Status& why)
{
    closed_ = true;
    const auto self = shared_from_this();
    if (const auto h2 = h2_) return h2->abort(why);
    dial_.cancel();
}

TimePoint GrpcConnection::deadline() const
{
    TimePoint next = dial_.deadline();
    for (const auto& [stream, call] : calls_) next = std::min(next, call->deadline);
    return next;
}

std::optional<TimePoint> GrpcConnection::silentSince() const
{
    std::optional<TimePoint> since;
    for (const auto& [stream, call] : calls_)
        if (call->work) since = std::min(since.value_or(TimePoint::max()), call->began);
    return since;
}

void GrpcConnection::look(TimePoint now)
{
    std::vector<std::shared_ptr<Call>> late;
    for (const auto& [stream, call] : calls_)
        if (now >= call->deadline) late.push_back(call);
    for (const auto& call : late)
        giveUp(*call, deadlineExceeded("the deadline of the call to " + peer_ + " has passed"));
    dial_.expire(now);
    if (const auto h2 = h2_) h2->tick(now);
}

}  // namespace millrace::pool
