// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstdint>

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

/// The only source of time. Nobody below main() asks the system; tests hand in a ManualClock.
class Clock {
public:
    virtual ~Clock() = default;
    virtual TimePoint now() const = 0;
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

/// The machine's time. Thread: any.
class SystemClock final : public Clock {
public:
    TimePoint now() const override { return std::chrono::steady_clock::now(); }
    std::int64_t unixMs() const override;
    net::awaitable<void> sleepUntil(TimePoint when) override;
    using Clock::unixMs;
};

}  // namespace millrace
