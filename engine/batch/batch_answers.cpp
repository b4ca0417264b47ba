// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/batcher_impl.h"
#include "batch/words.h"
#include "inference.pb.h"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace millrace::batch {

void Batcher::Impl::answer(LaneState& lane, const std::shared_ptr<Member>& member, StatusOr<Answer> answer,
                           Ready& ready)
{
    if (member->settled || std::exchange(member->answered, true)) return;
    if (member->unordered) {
        settle(*member);
        ready.push_back({member, std::move(answer)});
        return;
    }
    lane.order.answer(member->place, LaneState::Held{member, std::move(answer)},
                      [&](std::uint64_t place, LaneState::Held held) { release(lane, place, std::move(held), ready); });
}

void Batcher::Impl::release(LaneState& lane, std::uint64_t place, LaneState::Held held, Ready& ready)
{
    if (held.member->settled) return;
    if (options.preserveOrder && place < lane.released) reordered.add();
    lane.released = place + 1;
    settle(*held.member);
    ready.push_back(std::move(held));
}

/// Within this call: what is left to tidy up after a batch would keep its members waiting. Of many, some at a time: the
/// loop is to hear meanwhile of the backend, which may have to be told to go on with the next batch.
void Batcher::Impl::deliver(Ready& ready)
{
    for (LaneState::Held& held : std::exchange(ready, {})) undelivered_.push_back(std::move(held));
    if (!std::exchange(delivering_, true)) deliverSome();
}

void Batcher::Impl::deliverSome()
{
    constexpr int kAtOnce = 32;
    for (int i = 0; i < kAtOnce && !undelivered_.empty(); ++i) {
        LaneState::Held held = std::move(undelivered_.front());
        undelivered_.pop_front();
        try {
            held.member->answer.setInline(std::move(held.answer));
        } catch (...) {
            // A bug of one who waited is for the loop to see; the others get their answers.
            net::post(strand, [error = std::current_exception()] { std::rethrow_exception(error); });
        }
    }
    delivering_ = !undelivered_.empty();
    if (delivering_) net::post(strand, [self = shared_from_this()] { self->deliverSome(); });
}

/// Not within this call, and after those that are being delivered.
void Batcher::Impl::deliverLater(Ready& ready)
{
    for (LaneState::Held& held : std::exchange(ready, {})) {
        if (undelivered_.empty())
            held.member->answer.set(std::move(held.answer));
        else
            undelivered_.push_back(std::move(held));
    }
}

/// False: it had been.
bool Batcher::Impl::settle(Member& member)
{
    if (std::exchange(member.settled, true)) return false;
    if (member.batch) --member.batch->alive;
    return true;
}

void Batcher::Impl::settle(Member& member, Status why)
{
    if (settle(member)) member.answer.set(std::move(why));
}

/// The member does not wait any more: its client left, or its deadline passed.
void Batcher::Impl::leave(Member& member, Status why)
{
    if (member.settled) return;
    if (auto kept = std::move(member.waiting)) {
        member.lane->lane.remove(member.ticket);
        noteQueue(-1);
        settle(*kept, std::move(why));
        return;
    }
    LaneState& lane = *member.lane;
    Batch* const batch = member.batch;
    settle(member, std::move(why));
    if (!member.answered && !member.unordered) {
        Ready ready;
        lane.order.skip(member.place, [&](std::uint64_t place, LaneState::Held held) {
            release(lane, place, std::move(held), ready);
        });
        deliverLater(ready);
    }
    if (batch && batch->alive == 0) batch->cancel.cancel("all requests of the batch were cancelled");
}

/// A backend that hangs over one batch must not keep the others: they leave beside it, and do not wait for its answer.
/// So many batches of a lane may hang; then it is the backend that does.
void Batcher::Impl::passOverdue(LaneState& lane, TimePoint now)
{
    constexpr std::ptrdiff_t kOverdueMax = 4;
    const auto running = lane.running;
    for (const auto& batch : running) {
        if (batch->overdue > now) continue;
        const auto hanging =
            std::count_if(lane.running.begin(), lane.running.end(), [](const auto& other) { return other->hangs; });
        if (hanging >= kOverdueMax) {
            batch->overdue = now + lane.lane.patience(batch->rows);
            continue;
        }
        Ready ready;
        for (const auto& member : batch->members) {
            if (member->settled || member->answered || std::exchange(member->unordered, true)) continue;
            member->context.trace->addDecision(
                "its batch is taking far longer than expected; later responses no longer wait for it");
            lane.order.skip(member->place, [&](std::uint64_t place, LaneState::Held held) {
                release(lane, place, std::move(held), ready);
            });
        }
        deliverLater(ready);
        batch->hangs = true;
        returned(lane, *batch, std::nullopt, 0);
    }
}

void Batcher::Impl::expireRunning(LaneState& lane, TimePoint now)
{
    const auto running = lane.running;
    for (const auto& batch : running) {
        if (batch->nearest > now) continue;
        batch->nearest = TimePoint::max();
        const auto members = batch->members;
        for (const auto& member : members) {
            if (member->settled || member->answered) continue;
            if (member->context.deadline > now) {
                batch->nearest = std::min(batch->nearest, member->context.deadline);
            } else {
                leave(*member,
                      deadlineExceeded(words("the deadline passed after its batch had been in flight for %.3g ms",
                                             toMs(now - batch->left))));
            }
        }
    }
}

}  // namespace millrace::batch
