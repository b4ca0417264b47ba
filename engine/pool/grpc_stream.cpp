// SPDX-License-Identifier: GPL-3.0-or-later
#include "pool/grpc_stream.h"

#include "http/grpc_text.h"

namespace millrace::pool {

namespace {

constexpr std::size_t kFields = 9, kFieldBytes = 320;  // typical for a request

}  // namespace

std::shared_ptr<GrpcStream> GrpcStream::begin(const std::shared_ptr<H2Channel>& channel, const GrpcRequest& request,
                                              std::uint64_t bytesMax, TimePoint deadline, bool work)
{
    const auto call = std::make_shared<GrpcStream>(channel, bytesMax, request, deadline, work);
    if (channel->closed()) {  // the clock may be destroyed as well
        call->answer_.end(withUnsent(unavailable("the connection to " + channel->peer() + " was closed")));
        return call;
    }
    call->began_ = channel->clock().now();
    http::HttpFields fields;
    fields.reserve(kFields, kFieldBytes);
    fields.add(":method", "POST");
    fields.add(":scheme", channel->scheme());
    fields.add(":path", request.path);
    fields.add(":authority", channel->authority());
    fields.add("te", "trailers");
    fields.add("content-type", "application/grpc");
    fields.add("user-agent", "millrace");
    fields.add("grpc-accept-encoding", "identity,deflate,gzip");
    if (deadline != TimePoint::max())
        fields.add("grpc-timeout", http::formatCoarseGrpcTimeout(deadline - call->began_));
    if (!channel->begin(call, fields, &request.framed))
        call->answer_.end(withUnsent(unavailable(channel->peer() + " takes no new calls on this connection")));
    return call;
}

void GrpcStream::giveUp(Status why)
{
    if (over()) return;
    answer_.end(std::move(why));
    channel_->drop(*this);
    channel_->wakeLater(*this);
}

void GrpcStream::onLost(const Status& why, bool unseen)
{
    const Status lost = unavailable(channel_->peer() + ": " + (why.ok() ? "the connection was closed" : text(why)));
    answer_.end(unseen ? withUnsent(lost) : lost);
}

void GrpcStream::expire(TimePoint)
{
    giveUp(deadlineExceeded("the deadline of the call to " + channel_->peer() + " has passed"));
}

std::optional<TimePoint> GrpcStream::silentSince() const
{
    if (!work_) return std::nullopt;
    return began_;
}

}  // namespace millrace::pool
