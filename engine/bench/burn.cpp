// SPDX-License-Identifier: GPL-3.0-or-later
#include "bench/burn.h"

#include "base/clock.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <ctime>
#include <thread>

namespace millrace::bench {

namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr Duration kPeriod = 10ms;

/// Processor time of this thread.
Duration used()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return std::chrono::seconds(now.tv_sec) + std::chrono::nanoseconds(now.tv_nsec);
}

}  // namespace

int burnMain(int argc, char** argv)
{
    CLI::App app("Uses a share of one core until it is ended: another program beside what is measured.",
                 "millrace-bench burn");
    double share = 0.5, seconds = 3600;
    app.add_option("--share", share, "of one core")->check(CLI::Range(0.01, 1.0))->capture_default_str();
    app.add_option("--seconds", seconds, "ends by itself then")->check(CLI::Range(0.1, 86400.0))->capture_default_str();
    CLI11_PARSE(app, argc, argv);

    const Duration work = std::chrono::duration_cast<Duration>(kPeriod * share);
    const TimePoint end = SteadyClock::now() + fromMs(1000 * seconds);
    for (TimePoint period = SteadyClock::now(); period < end;) {
        const Duration until = used() + work;
        while (used() < until) {
        }
        // Who did not get its share does not make up for it.
        period = std::max(period + kPeriod, SteadyClock::now());
        std::this_thread::sleep_until(period);
    }
    return 0;
}

}  // namespace millrace::bench
