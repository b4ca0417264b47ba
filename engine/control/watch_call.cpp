// SPDX-License-Identifier: GPL-3.0-or-later
#include "control/watch_call.h"

#include "control/pending_calls.h"
#include "control/unary_call.h"

#include <utility>

namespace millrace::control {

WatchCall::WatchCall(std::shared_ptr<WatchHub> hub, std::shared_ptr<LoopPoster> loop,
                     std::shared_ptr<http::GrpcCall> call)
    : hub_(std::move(hub)), loop_(std::move(loop)), call_(std::move(call))
{}

void WatchCall::begin()
{
    call_->read();
}

void WatchCall::onMessage(http::GrpcMessage message)
{
    v1::WatchRequest request;
    Status status = std::move(message.problem);
    if (status.ok()) status = parse(request, message.message.bytes());
    if (!status.ok()) return call_->finish(toGrpcStatus(status));
    self_ = shared_from_this();  // before the hub's thread may release it
    const auto ticket = hub_->add(this, request.rate_hz());
    if (ticket.ok()) {
        ticket_ = *ticket;
        return;
    }
    const auto self = std::move(self_);
    call_->finish(toGrpcStatus(ticket.status()));
}

void WatchCall::onReadsDone()
{
    call_->finish({http::kGrpcUnimplemented, "the method takes one message, and none came"});
}

void WatchCall::onWritten(bool ok)
{
    hub_->sent(ticket_, ok);
}

void WatchCall::onCancel()
{
    hub_->cancel(ticket_);
}

// ---- the hub's thread ----

/// Its bytes are made here, beside the loop.
void WatchCall::send(v1::Frame frame)
{
    loop_->post([self = self_, bytes = http::writeMessage(frame)]() mutable { self->call_->write(std::move(bytes)); });
}

void WatchCall::finish(const Status& status)
{
    loop_->post([self = std::move(self_), status] { self->call_->finish(toGrpcStatus(status)); });
}

}  // namespace millrace::control
