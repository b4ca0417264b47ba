// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/metrics.h"
#include "base/on_strand.h"
#include "batch/lane_state.h"

#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

namespace millrace::batch {

/// Delivers answers to the members that wait for them, in the order of the lane where the settings keep it.
///
///     AnswerDelivery::Ready ready;
///     answers->answer(lane, member, reply, ready);      // held back, or in `ready` with those behind it
///     answers->deliver(ready);                          // once the lane is in order again
///
/// Owner: BatchScheduler. Thread: the strand. Each member is answered once; later answers are dropped.
/// Bound: one answer for each member in flight. deliver() resumes the waiting coroutines itself, some at a time.
class AnswerDelivery : public std::enable_shared_from_this<AnswerDelivery> {
public:
    /// Answers to deliver. Their waiters are resumed once the lane is in order again.
    using Ready = std::vector<LaneState::Delivery>;

    /// `reordered` counts answers that overtook others although the order is kept: a bug.
    AnswerDelivery(Strand strand, Counter& reordered) : strand_(strand), reordered_(reordered) {}

    void setOrdered(bool ordered) { ordered_ = ordered; }

    /// REQUIRES: dispatched.
    void answer(LaneState& lane, const std::shared_ptr<Member>& member, StatusOr<Answer> answer, Ready& ready);
    /// The member no longer waits for its answer, and holds up no other. REQUIRES: dispatched, without an answer, in
    /// order so far.
    void skip(LaneState& lane, const Member& member, Ready& ready);

    void deliver(Ready& ready);
    void deliverLater(Ready& ready);

    /// Its coroutine gets this answer. False: it has one already.
    static bool settle(Member& member);
    /// The same with an error of the engine.
    static void settle(Member& member, Status why);

private:
    void release(LaneState& lane, std::uint64_t place, LaneState::Delivery delivery, Ready& ready);
    void deliverSome();

    Strand strand_;
    Counter& reordered_;
    bool ordered_ = true;
    std::deque<LaneState::Delivery> undelivered_;  // answers that are out of their lanes, in their order
    bool delivering_ = false;
};

}  // namespace millrace::batch
