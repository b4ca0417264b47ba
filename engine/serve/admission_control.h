// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/deadline_timer.h"
#include "base/error.h"
#include "base/metrics.h"
#include "base/on_strand.h"
#include "serve/admission.h"
#include "serve/call_state.h"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <optional>

namespace millrace::serve {

/// Lets calls in: a slot at once, or a turn in the queue of Admission, which decides; with the gauges of both.
///
/// Owner:  Gateway.   Thread: the strand.   Bound: as Admission.
/// Errors: ResourceExhausted with retry-after: the queue is full. DeadlineExceeded: its turn did not come in time.
///         Unavailable: the engine stops. Cancelled: the client left.
class AdmissionControl {
public:
    AdmissionControl(Strand strand, Clock& clock, Registry& registry, std::uint32_t runningMax, std::uint32_t queueMax);

    void apply(std::uint32_t runningMax, std::uint32_t queueMax) { admission_.apply(runningMax, queueMax); }
    /// The way of nearly all requests: no separate coroutine. Empty: it has to wait, see admit(). Inline, so that it
    /// is compiled into who asks.
    std::optional<Status> admitNow(CallState& call)
    {
        if (call.permit) return absl::OkStatus();
        if (!call.pass) return stopping();
        if (call.work.cancelled()) return call.interest().why();
        call.permit = admission_.tryEnter();
        showUse();
        if (call.permit) return absl::OkStatus();
        return std::nullopt;
    }
    /// After an empty admitNow(); `call` outlives it.
    boost::asio::awaitable<Status> admit(CallState& call);
    void release(Admission::Permit& permit)
    {
        permit.release();
        showUse();
    }
    void refuseAll(const Status& status) { admission_.refuseAll(status); }

private:
    void showUse()
    {
        permits_.set(admission_.running());
        waiters_.set(admission_.waiting());
    }
    void expireWaiters();

    Clock& clock_;
    Admission admission_;
    Gauge& permits_;
    Gauge& waiters_;
    Histogram& wait_;
    DeadlineTimer deadlines_;  // of waiters; last: ends first
};

}  // namespace millrace::serve
