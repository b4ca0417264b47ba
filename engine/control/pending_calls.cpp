// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/pending_calls.h"

#include "base/text.h"

#include <string>
#include <vector>

namespace millrace::control {

http::GrpcStatus toGrpcStatus(const Status& status)
{
    if (status.ok()) return {};
    return {toGrpc(status), washed(text(status), kMessageBytesMax)};
}

StatusOr<PendingCalls::Ticket> PendingCalls::add(std::shared_ptr<http::GrpcCall> call)
{
    if (closed_) return unavailable("the engine is stopping");
    if (open_.size() >= kCallsMax)
        return resourceExhausted(std::to_string(open_.size()) + " calls of the control service are in flight");
    Open fresh;
    fresh.call = std::move(call);
    open_.emplace(++last_, std::move(fresh));
    return last_;
}

PendingCalls::Open PendingCalls::take(Ticket ticket)
{
    auto node = open_.extract(ticket);
    if (node.empty()) return {};
    unread_ -= node.mapped().unread;
    return std::move(node.mapped());
}

void PendingCalls::send(Ticket ticket, StatusOr<std::string> framed)
{
    const auto found = open_.find(ticket);
    if (found == open_.end() || found->second.unread > 0) return;
    Status status = framed.status();
    if (status.ok() && framed->size() >= kBytesBeside) {
        if (unread_ == 0 || unread_ + framed->size() <= kUnreadBytesMax) {
            Open& open = found->second;
            open.unread = framed->size();
            open.sentAt = clock_.now();
            unread_ += open.unread;
            const auto call = open.call;
            return call->write(*std::move(framed));  // written() ends it
        }
        status = resourceExhausted("replies of the control service that clients have not read have " +
                                   std::to_string(unread_) + " bytes; the limit is " + std::to_string(kUnreadBytesMax));
    }
    const Open open = take(ticket);
    if (status.ok())
        open.call->finish(*std::move(framed), {});
    else
        open.call->finish(toGrpcStatus(status));
}

void PendingCalls::remove(Ticket ticket)
{
    (void)take(ticket);
}

void PendingCalls::written(Ticket ticket)
{
    if (const Open open = take(ticket); open.call) open.call->finish(http::GrpcStatus{});
}

void PendingCalls::tick(TimePoint now)
{
    if (unread_ == 0) return;
    std::vector<Ticket> late;
    for (const auto& [ticket, open] : open_)
        if (open.unread > 0 && now - open.sentAt >= kUnreadTime) late.push_back(ticket);
    for (const Ticket ticket : late)
        if (const Open open = take(ticket); open.call) open.call->reset();
}

void PendingCalls::close(const Status& status)
{
    if (std::exchange(closed_, true)) return;
    const auto left = std::exchange(open_, {});
    unread_ = 0;
    for (const auto& [ticket, open] : left) {
        if (open.unread == 0)
            open.call->finish(toGrpcStatus(status));
        else  // it leaves as far as the client takes it
            open.call->finish(http::GrpcStatus{});
    }
    loop_->close();
    worker_.finish();
}

}  // namespace millrace::control
