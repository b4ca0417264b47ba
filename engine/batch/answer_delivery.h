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

/// Gives answers to those who wait, in the order of the lane where that is kept.
///
///     AnswerDelivery::Ready ready;
///     answers->answer(lane, member, reply, ready);      // held back, or in `ready` with those it held up
///     answers->deliver(ready);                          // once the lane is in order again
///
/// Owner: BatchScheduler. Thread: the strand. Each member is answered once; later answers are dropped.
/// Bound: one answer for each member in flight. What is delivered goes on within deliver(), some at a time.
class AnswerDelivery : public std::enable_shared_from_this<AnswerDelivery> {
public:
    /// Answers on their way out. Those who wait for them go on where the lane is in order again.
    using Ready = std::vector<LaneState::Delivery>;

    /// `reordered` counts answers that overtook others although the order is kept: a bug.
    AnswerDelivery(Strand strand, Counter& reordered) : strand_(strand), reordered_(reordered) {}

    void setOrdered(bool ordered) { ordered_ = ordered; }

    /// REQUIRES: dispatched.
    void answer(LaneState& lane, const std::shared_ptr<Member>& member, StatusOr<Answer> answer, Ready& ready);
    /// Nobody waits for its answer, and it holds nobody up. REQUIRES: dispatched, without an answer, in order so far.
    void skip(LaneState& lane, const Member& member, Ready& ready);

    void deliver(Ready& ready);
    void deliverLater(Ready& ready);

    /// Its coroutine has its answer, or is about to. False: it had it before.
    static bool settle(Member& member);
    /// The same with an answer of our own.
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
