// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/admission_control.h"

#include "base/one_shot.h"

#include <string>
#include <utility>

namespace millrace::serve {

AdmissionControl::AdmissionControl(Strand strand, Clock& clock, Registry& registry, std::uint32_t runningMax,
                                   std::uint32_t queueMax)
    : clock_(clock),
      admission_(runningMax, queueMax),
      permits_(
          registry.gauge("millrace_admission_permits", "Requests that hold one of the limits.requests_max slots.")),
      waiters_(registry.gauge("millrace_admission_waiters", "Requests waiting for a slot, up to limits.queue_max.")),
      wait_(registry.histogram("millrace_admission_wait_seconds", "Seconds that requests waited for admission.",
                               buckets::latencySeconds())),
      deadlines_(strand, clock, [this] { expireWaiters(); })
{}

void AdmissionControl::expireWaiters()
{
    admission_.expire(clock_.now());
    if (const auto next = admission_.wakeAt()) deadlines_.at(*next);
}

net::awaitable<Status> AdmissionControl::admit(CallState& call)
{
    const auto since = clock_.now();
    OneShot<StatusOr<Admission::Permit>> turn;
    const RequestId id = call.ctx.id;
    const bool queued = admission_.queue(id, call.program(), call.ctx.deadline,
                                         [turn](StatusOr<Admission::Permit> permit) { turn.set(std::move(permit)); });
    if (!queued) {
        co_return withRetryAfter(
            resourceExhausted(std::to_string(admission_.running()) +
                              " requests are in flight (limits.requests_max) and " +
                              std::to_string(admission_.waiting()) + " wait (limits.queue_max): the queue is full"),
            1s);
    }
    showUse();
    call.ctx.trace->enter(Phase::Queued, since);
    deadlines_.at(call.ctx.deadline);
    const auto onCancel = call.work.token().onCancel([this, id, turn] {
        admission_.leave(id);
        turn.set(millrace::cancelled("the request was cancelled"));
    });
    // A permit that comes too late for one who has left is destroyed with this frame, and its slot is free again.
    StatusOr<Admission::Permit> permit = co_await turn.wait();
    showUse();
    const auto now = call.admitted = clock_.now();
    call.ctx.trace->enter(Phase::Processing, now);
    wait_.observe(toMs(now - since) / 1000);
    if (call.work.cancelled()) co_return call.interest().why();
    if (!permit.ok()) co_return permit.status();
    call.permit = *std::move(permit);
    call.ctx.trace->addDecision("waited for admission: " + std::to_string(admission_.running()) + " of " +
                                std::to_string(admission_.runningMax()) + " requests were in flight");
    co_return absl::OkStatus();
}

}  // namespace millrace::serve
