// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace millrace {

namespace net = boost::asio;

using TimePoint = std::chrono::steady_clock::time_point;
using Duration = std::chrono::steady_clock::duration;
using namespace std::chrono_literals;

/// Milliseconds as a plain number, for values that leave C++ (JSON, protobuf, logs).
inline double toMs(Duration span)
{
    return std::chrono::duration<double, std::milli>(span).count();
}
inline Duration fromMs(double ms)
{
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

/// For how long the event loop did not run, because the process was stopped or a handler blocked. A time-out that was
/// running meanwhile says nothing about the peer. Kept up to date by telemetry::watchLoop().
///
///     const Duration before = clock.pulse().lateness(sent);
///     …
///     const Duration stalled = clock.pulse().lateness(clock.now()) - before;    // not the peer's fault
///
/// Thread: the loop's.
class LoopPulse {
public:
    /// A wake-up was requested for `due`.
    void sleeps(TimePoint due) { due_ = due; }
    /// It came, at `now`.
    void woke(TimePoint now)
    {
        late_ = lateness(now);
        due_ = TimePoint::max();
    }
    /// Total lateness up to `now`. A wake-up that is overdue counts already: other handlers may run before it.
    Duration lateness(TimePoint now) const { return now > due_ ? late_ + (now - due_) : late_; }

private:
    TimePoint due_ = TimePoint::max();
    Duration late_{};
};

/// The only source of time. Nothing below main() asks the system; tests pass a ManualClock.
///
///     SystemClock clock;
///     const TimePoint deadline = clock.now() + 30s;
///     co_await clock.sleepUntil(deadline);                // throws when cancelled
///
/// Owner: the program (Engine, a main()); outlives everything that has a reference to it.
class Clock {
public:
    virtual ~Clock() = default;
    /// Monotonic. Within a LoopTime: the moment of the first call in this event.
    virtual TimePoint now() const = 0;
    /// Reads the system's clock, and makes that now() for the rest of the event: to time work within one event.
    virtual TimePoint update() const { return now(); }
    /// Wall-clock time in Unix milliseconds, for display and storage; may jump.
    virtual std::int64_t unixMs() const = 0;
    /// `when`, converted to Unix milliseconds.
    std::int64_t unixMs(TimePoint when) const
    {
        return unixMs() + std::chrono::duration_cast<std::chrono::milliseconds>(when - now()).count();
    }
    /// Returns at `when`; throws boost::system::system_error(operation_aborted) when cancelled.
    virtual net::awaitable<void> sleepUntil(TimePoint when) = 0;

    LoopPulse& pulse() { return pulse_; }
    const LoopPulse& pulse() const { return pulse_; }

private:
    LoopPulse pulse_;
};

/// Caches now() while one event is handled, as event loops do (uv_now() and uv_update_time() of libuv): a request reads
/// the time about a dozen times, and each system call costs 45 ns in a virtual machine.
///
///     const LoopTime event;                               // where an event's handling starts, on the stack
///     handle(bytes);                                      // clock.now() is constant in here
///     LoopTime::exactFor(bytes.size());                   // large: what follows reads the system's clock again
///
/// Nested ones have no effect. Slow work (large bodies, compression) ends it by exact…(), or moves it on by
/// Clock::update(). Thread: affects the calling thread only.
class LoopTime {
public:
    LoopTime() : outermost_(!std::exchange(state_.open, true))
    {
        if (outermost_) state_.moment = TimePoint{};
    }
    LoopTime(const LoopTime&) = delete;
    LoopTime& operator=(const LoopTime&) = delete;
    ~LoopTime()
    {
        if (outermost_) state_.open = false;
    }

    /// now() reads the system's clock for the rest of this event.
    static void exact() { state_.open = false; }
    /// The same from kLargeBytes on: processing that many takes measurable time.
    static void exactFor(std::size_t bytes)
    {
        if (bytes >= kLargeBytes) exact();
    }
    static constexpr std::size_t kLargeBytes = std::size_t{16} << 10;

private:
    friend class SystemClock;
    struct State {
        bool open;
        TimePoint moment;  ///< zero: not read yet
    };
    static inline thread_local constinit State state_{false, TimePoint{}};

    const bool outermost_;
};

/// The system's clocks: CLOCK_MONOTONIC and the wall clock. Thread: any.
class SystemClock final : public Clock {
public:
    TimePoint now() const override
    {
        return LoopTime::state_.open && LoopTime::state_.moment != TimePoint{} ? LoopTime::state_.moment : update();
    }
    TimePoint update() const override { return LoopTime::state_.moment = std::chrono::steady_clock::now(); }
    std::int64_t unixMs() const override;
    net::awaitable<void> sleepUntil(TimePoint when) override;
    using Clock::unixMs;
};

}  // namespace millrace
