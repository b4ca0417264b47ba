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

/// The shell around Admission: admits calls at once or makes them wait, with metrics, deadlines and cancellation.
///
///     auto admitted = admission.admitNow(call);
///     if (!admitted) admitted = co_await admission.admit(call);
///     if (!admitted->ok()) co_return *admitted;
///
/// Owner:  Gateway.   Thread: the strand.   Bound: as Admission.
/// Errors: ResourceExhausted with retry-after: the queue is full. DeadlineExceeded: not admitted in time.
///         Unavailable: the engine is stopping. Cancelled: the client disconnected.
class AdmissionControl {
public:
    AdmissionControl(Strand strand, Clock& clock, Registry& registry, std::uint32_t runningMax, std::uint32_t queueMax);

    void apply(std::uint32_t runningMax, std::uint32_t queueMax) { admission_.apply(runningMax, queueMax); }
    /// The fast path, which needs no coroutine. Empty: the call has to wait in admit().
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
    /// Waits for admission. REQUIRES: admitNow() returned empty; `call` outlives it.
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
