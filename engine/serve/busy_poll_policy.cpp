// SPDX-License-Identifier: GPL-3.0-or-later
#include "serve/busy_poll_policy.h"

#include <algorithm>

namespace millrace::serve {

bool BusyPollPolicy::ended(TimePoint now, std::size_t inFlight)
{
    const Duration interval = now - last_;
    last_ = now;
    if (inFlight > 0 || interval <= Duration::zero() || interval > longest_) {
        stop();
        return false;
    }
    ++quick_;
    if (polling_ || quick_ < required_) return false;
    polling_ = true;
    quick_ = 0;
    return true;
}

bool BusyPollPolicy::polled(TimePoint before, TimePoint now)
{
    if (now - before > kYieldMax || now - last_ > longest_) stop();
    return polling_;
}

/// The time from the last request to this point was wasted: the quick ones of the phase have to outweigh it.
void BusyPollPolicy::stop()
{
    if (polling_) required_ = quick_ < required_ ? std::min(2 * required_, kRequiredMax) : kRequiredMin;
    polling_ = false;
    quick_ = 0;
}

}  // namespace millrace::serve
