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

/// Admission control: limits the requests in flight, and queues the others. Waiters are served round robin by program,
/// so that a program with many connections gets no more turns than one with a single connection.
///
/// A slot is a Permit: taken by its construction, free after its destruction. running() is the number of permits alive,
/// so that a grant to a waiter that has just been cancelled cannot leak a slot.
///
///     auto permit = admission.tryEnter();
///     if (!permit && !admission.queue(id, program, deadline, [](StatusOr<Admission::Permit> turn) { … }))
///         return queueFull();
///
/// Pure. Thread: one. REQUIRES: outlives its permits; an id is queued at most once at a time.
/// Bound: runningMax permits, queueMax waiters; a program is known only while one of its requests waits.
class Admission {
public:
    /// One of the runningMax slots. Move-only; releasing it admits the next waiter. False: empty.
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

    /// Called once for each waiter that has not left: with a permit, or the reason for a refusal.
    using OnTurn = std::function<void(StatusOr<Permit>)>;

    Admission(std::uint32_t runningMax, std::uint32_t queueMax) : runningMax_(runningMax), queueMax_(queueMax) {}
    Admission(const Admission&) = delete;
    Admission& operator=(const Admission&) = delete;

    /// A lower limit drains: running requests are not stopped. A higher one admits waiters at once.
    void apply(std::uint32_t runningMax, std::uint32_t queueMax);

    /// A permit if a slot is free, otherwise an empty one.
    Permit tryEnter();
    /// Queues a waiter. False: the queue is full, and nothing was kept.
    bool queue(RequestId id, const std::string& program, TimePoint deadline, OnTurn onTurn);
    /// Removes a waiter; no effect on others. O(1).
    void leave(RequestId id);
    /// Refuses waiters whose deadline has passed: DeadlineExceeded.
    void expire(TimePoint now);
    /// When to call expire() next; empty: no deadlines.
    std::optional<TimePoint> wakeAt() const;
    /// Refuses every waiter with `status`.
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
    std::list<Line*> turns_;                       // the same, in order of their turns
    std::multimap<TimePoint, RequestId> deadlines_;
};

}  // namespace millrace::serve
