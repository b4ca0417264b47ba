// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/error.h"
#include "base/ids.h"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

namespace millrace::serve {

/// Decides how many requests are in flight and who is next. Waiters take turns by program, so that a program with many
/// connections gets no more turns than one with a single connection.
///
/// A slot is a Permit: it is taken when the Permit is made and free when the Permit is destroyed, whoever holds it by
/// then. running() is the number of permits alive, so a grant that meets a waiter who has just left cannot lose a slot.
///
///     auto permit = admission.tryEnter();
///     if (!permit && !admission.queue(id, program, deadline, [](StatusOr<Permit> turn) { … })) …   // the queue is
///     full
///
/// Pure: `now` is an argument. Thread: one. REQUIRES: it lives longer than its permits; an id waits once at a time.
/// Bound: runningMax permits, queueMax waiters; a program is known only while one of its requests waits.
class Admission {
public:
    /// One of the runningMax slots. Move-only; gives itself back and lets the next waiter run.
    class [[nodiscard]] Permit {
    public:
        Permit() = default;
        Permit(Permit&& other) noexcept : admission_(std::exchange(other.admission_, nullptr)) {}
        Permit& operator=(Permit&& other) noexcept
        {
            if (this != &other) {
                release();
                admission_ = std::exchange(other.admission_, nullptr);
            }
            return *this;
        }
        ~Permit() { release(); }
        void release()
        {
            if (auto* admission = std::exchange(admission_, nullptr)) admission->releaseSlot();
        }
        explicit operator bool() const { return admission_ != nullptr; }

    private:
        friend class Admission;
        explicit Permit(Admission* admission) : admission_(admission) { ++admission_->running_; }
        Admission* admission_ = nullptr;
    };

    /// Called once for each waiter that has not left: a permit, or why there will be none.
    using OnTurn = std::function<void(StatusOr<Permit>)>;

    Admission(std::uint32_t runningMax, std::uint32_t queueMax) : runningMax_(runningMax), queueMax_(queueMax) {}
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;

    /// A lower limit drains: nobody running is stopped. A higher one lets waiters run at once.
    void apply(std::uint32_t runningMax, std::uint32_t queueMax);

    /// A permit when a slot is free, else an empty one.
    Permit tryEnter();
    /// Waits for a turn. False: the queue is full, nothing is kept.
    bool queue(RequestId id, const std::string& program, TimePoint deadline, OnTurn onTurn);
    /// The waiter is not interested any more; no effect on one that does not wait. O(1).
    void leave(RequestId id);
    /// Waiters whose deadline has come get DeadlineExceeded.
    void expire(TimePoint now);
    /// The earliest deadline of a waiter; empty: nobody waits with one.
    std::optional<TimePoint> wakeAt() const;
    /// Every waiter gets `status`.
    void refuseAll(const Status& status);

    std::uint32_t running() const { return running_; }
    std::uint32_t waiting() const { return static_cast<std::uint32_t>(waiters_.size()); }
    std::uint32_t programs() const { return static_cast<std::uint32_t>(lines_.size()); }
    std::uint32_t runningMax() const { return runningMax_; }
    std::uint32_t queueMax() const { return queueMax_; }

private:
    struct Line;
    struct Waiter {
        OnTurn onTurn;
        Line* line = nullptr;
        std::list<RequestId>::iterator place;
        std::multimap<TimePoint, RequestId>::iterator deadline;
    };
    struct Line {
        const std::string* program = nullptr;
        std::list<RequestId> waiters;  // in order of arrival
        std::list<Line*>::iterator turn;
    };

    void releaseSlot();
    void pump();
    OnTurn remove(RequestId id);

    std::uint32_t runningMax_;
    std::uint32_t queueMax_;
    std::uint32_t running_ = 0;
    bool pumping_ = false;
    std::unordered_map<RequestId, Waiter> waiters_;
    std::unordered_map<std::string, Line> lines_;  // by program; only those with waiters
    std::list<Line*> turns_;                       // the same, whose turn is next first
    std::multimap<TimePoint, RequestId> deadlines_;
};

}  // namespace millrace::serve
