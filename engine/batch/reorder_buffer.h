// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/check.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <utility>

namespace millrace::batch {

/// Releases answers in the order in which their requests were dispatched.
///
///     const auto place = buffer.dispatch();
///     buffer.answer(place, answer, [](std::uint64_t place, Answer answer) { … });   // in order
///
/// Pure. Thread: one. Bound: the requests in flight. An answer is held until all earlier ones are released; if
/// disabled, it is released at once.
template <typename Answer>
class ReorderBuffer {
public:
    /// Takes effect for answers held, too, with the next answer() or skip().
    void setEnabled(bool on) { enabled_ = on; }

    /// The place of a request that is being dispatched.
    std::uint64_t dispatch()
    {
        slots_.emplace_back();
        return first_ + slots_.size() - 1;
    }

    /// Sets the answer for `place`, and calls `release(place, answer)` for each answer that is due, in order. Aborts
    /// unless the place is open.
    template <typename Release>
    void answer(std::uint64_t place, Answer answer, Release release)
    {
        Slot& slot = at(place);
        slot.settled = true;
        if (enabled_) {
            slot.answer = std::move(answer);
            ++held_;
        } else {
            release(place, std::move(answer));
        }
        advance(release);
    }

    /// The answer for `place` is not wanted any more.
    template <typename Release>
    void skip(std::uint64_t place, Release release)
    {
        at(place).settled = true;
        advance(release);
    }

    std::size_t held() const { return held_; }  ///< answers being held
    std::size_t open() const { return slots_.size(); }

private:
    struct Slot {
        bool settled = false;
        std::optional<Answer> answer;
    };

    Slot& at(std::uint64_t place)
    {
        MR_CHECK(place >= first_ && place - first_ < slots_.size());
        Slot& slot = slots_[static_cast<std::size_t>(place - first_)];
        MR_CHECK(!slot.settled);
        return slot;
    }

    template <typename Release>
    void advance(Release release)
    {
        // Disabled meanwhile: releases all held answers.
        if (!enabled_ && held_ > 0) {
            held_ = 0;
            for (std::size_t i = 0; i < slots_.size(); ++i) {
                if (auto answer = std::exchange(slots_[i].answer, std::nullopt))
                    release(first_ + i, *std::move(answer));
            }
        }
        while (!slots_.empty() && slots_.front().settled) {
            auto answer = std::move(slots_.front().answer);
            const std::uint64_t place = first_++;
            slots_.pop_front();
            if (!answer) continue;
            --held_;
            release(place, *std::move(answer));
        }
    }

    bool enabled_ = true;
    std::size_t held_ = 0;
    std::uint64_t first_ = 0;
    std::deque<Slot> slots_;
};

}  // namespace millrace::batch
