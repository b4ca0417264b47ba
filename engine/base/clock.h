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

/// Milliseconds as a number, for figures that leave C++.
inline double toMs(Duration span)
{
    return std::chrono::duration<double, std::milli>(span).count();
}
inline Duration fromMs(double ms)
{
    return std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(ms));
}

/// How long the engine's loop stood still: the process was stopped, or something held it up. What was timed meanwhile
/// says nothing of those who were waited for. telemetry::watchLoop keeps it.   Thread: the loop's.
class LoopPulse {
public:
    /// The loop is asked to wake up at `due`.
    void sleeps(TimePoint due) { due_ = due; }
    /// It did, at `now`.
    void woke(TimePoint now)
    {
        late_ = lateness(now);
        due_ = TimePoint::max();
    }
    /// In all up to `now`. A wake-up that is overdue counts before it has come: others may be served first.
    Duration lateness(TimePoint now) const { return now > due_ ? late_ + (now - due_) : late_; }

private:
    TimePoint due_ = TimePoint::max();
    Duration late_{};
};

/// The only source of time. Nobody below main() calls the system clock; tests hand in a ManualClock.
class Clock {
public:
    virtual ~Clock() = default;
    /// Within a LoopTime the moment at which it was first asked for.
    virtual TimePoint now() const = 0;
    /// The time by the system, now() from here on: to time work that is done within one event.
    virtual TimePoint update() const { return now(); }
    /// Unix milliseconds, for people's eyes and the disk.
    virtual std::int64_t unixMs() const = 0;
    /// Unix milliseconds of a moment of this clock.
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

/// One moment for all that this thread does with one event, as event loops have it (uv_now() and uv_update_time() of
/// libuv): a request reads it a dozen times, and a system call costs 45 ns in a virtual machine.
///
/// Who begins an event holds one of these on its stack; one within another changes nothing. Work that takes its time
/// (large bodies, packing) ends it by exact…() or moves it on by Clock::update().   Thread: its own.
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

    /// The rest of this event asks the system.
    static void exact() { state_.open = false; }
    /// It does where many bytes are processed: that takes time which counts.
    static void exactFor(std::size_t bytes)
    {
        if (bytes >= kLargeBytes) exact();
    }
    static constexpr std::size_t kLargeBytes = std::size_t{16} << 10;

private:
    friend class SystemClock;
    struct State {
        bool open;
        TimePoint moment;  ///< zero: not asked for yet
    };
    static inline thread_local constinit State state_{false, TimePoint{}};

    const bool outermost_;
};

/// The machine's time. Thread: any.
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
