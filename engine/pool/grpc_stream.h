// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"
#include "base/notifier.h"
#include "pool/grpc_answer.h"
#include "pool/grpc_request.h"
#include "pool/h2_channel.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace millrace::pool {

/// One unary gRPC call on a channel.
///
///     auto call = GrpcStream::begin(channel, request, bytesMax, deadline, true);
///     while (!call->over()) co_await call->signal().wait();
///     co_return call->status();
///
/// Owner:  the caller, and the channel while it is open.    Thread: the strand.
/// Bound:  a message of `bytesMax`.
/// Errors: status(); isUnsent() if the server has not seen it, or says that it did not process it.
class GrpcStream final : public H2Channel::Stream {
public:
    /// `work`: a client's call, as opposed to a health check. Never null; over() at once if the channel accepts no
    /// streams.
    static std::shared_ptr<GrpcStream> begin(const std::shared_ptr<H2Channel>& channel, const GrpcRequest& request,
                                             std::uint64_t bytesMax, TimePoint deadline, bool work);
    GrpcStream(std::shared_ptr<H2Channel> channel, std::uint64_t bytesMax, const GrpcRequest& request,
               TimePoint deadline, bool work)
        : channel_(std::move(channel)),
          deadline_(deadline),
          work_(work),
          answer_(bytesMax, request.read, request.bulkField)
    {}

    /// Resets the stream and ends with `why`, unless it is over.
    void giveUp(Status why);
    bool over() const override { return answer_.over(); }
    const Status& status() const { return answer_.status(); }
    TimePoint began() const { return began_; }
    Notifier& signal() override { return signal_; }

private:
    void onHeaders(const http::HttpFields& fields, bool tooLarge, bool last) override
    {
        answer_.onHeaders(fields, tooLarge, last);
    }
    std::size_t onData(std::string_view bytes) override
    {
        answer_.onData(bytes);
        return bytes.size();
    }
    void onEnd() override { answer_.onEnd(); }
    void onReset(std::uint32_t code) override { answer_.onReset(code); }
    void onLost(const Status& why, bool unseen) override;
    TimePoint deadline() const override { return deadline_; }
    void expire(TimePoint now) override;
    std::optional<TimePoint> silentSince() const override;

    const std::shared_ptr<H2Channel> channel_;
    const TimePoint deadline_;
    const bool work_;
    TimePoint began_;
    GrpcAnswer answer_;
    Notifier signal_;
};

}  // namespace millrace::pool
