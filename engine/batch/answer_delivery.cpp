// SPDX-License-Identifier: GPL-3.0-or-later
#include "batch/answer_delivery.h"

#include <boost/asio/post.hpp>

#include <exception>
#include <utility>

namespace millrace::batch {

void AnswerDelivery::answer(LaneState& lane, const std::shared_ptr<Member>& member, StatusOr<Answer> answer,
                            Ready& ready)
{
    if (member->settled || std::exchange(member->answered, true)) return;
    if (member->unordered) {
        settle(*member);
        ready.push_back({member, std::move(answer)});
        return;
    }
    lane.order.answer(
        member->place, LaneState::Delivery{member, std::move(answer)},
        [&](std::uint64_t place, LaneState::Delivery delivery) { release(lane, place, std::move(delivery), ready); });
}

void AnswerDelivery::release(LaneState& lane, std::uint64_t place, LaneState::Delivery delivery, Ready& ready)
{
    if (delivery.member->settled) return;
    if (ordered_ && place < lane.released) reordered_.add();
    lane.released = place + 1;
    settle(*delivery.member);
    ready.push_back(std::move(delivery));
}

void AnswerDelivery::skip(LaneState& lane, const Member& member, Ready& ready)
{
    lane.order.skip(member.place, [&](std::uint64_t place, LaneState::Delivery delivery) {
        release(lane, place, std::move(delivery), ready);
    });
}

/// Within this call: what is left to tidy up after a batch would keep its members waiting. Of many, some at a time: the
/// loop is to hear meanwhile of the backend, which may have to be sent the next batch.
void AnswerDelivery::deliver(Ready& ready)
{
    for (LaneState::Delivery& delivery : std::exchange(ready, {})) undelivered_.push_back(std::move(delivery));
    if (!std::exchange(delivering_, true)) deliverSome();
}

void AnswerDelivery::deliverSome()
{
    constexpr int kAtOnce = 32;
    for (int i = 0; i < kAtOnce && !undelivered_.empty(); ++i) {
        LaneState::Delivery delivery = std::move(undelivered_.front());
        undelivered_.pop_front();
        try {
            delivery.member->answer.setInline(std::move(delivery.answer));
        } catch (...) {
            // A bug of one who waited is for the loop to see; the others get their answers.
            net::post(strand_, [error = std::current_exception()] { std::rethrow_exception(error); });
        }
    }
    delivering_ = !undelivered_.empty();
    if (delivering_) net::post(strand_, [self = shared_from_this()] { self->deliverSome(); });
}

/// Not within this call, and after those that are being delivered.
void AnswerDelivery::deliverLater(Ready& ready)
{
    for (LaneState::Delivery& delivery : std::exchange(ready, {})) {
        if (undelivered_.empty())
            delivery.member->answer.set(std::move(delivery.answer));
        else
            undelivered_.push_back(std::move(delivery));
    }
}

bool AnswerDelivery::settle(Member& member)
{
    if (std::exchange(member.settled, true)) return false;
    if (member.batch) --member.batch->alive;
    return true;
}

void AnswerDelivery::settle(Member& member, Status why)
{
    if (settle(member)) member.answer.set(std::move(why));
}

}  // namespace millrace::batch
