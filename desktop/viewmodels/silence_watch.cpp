// SPDX-License-Identifier: GPL-3.0-or-later
#include "viewmodels/silence_watch.h"

#include "control.pb.h"

#include <algorithm>

namespace millrace::desktop {

void SilenceWatch::add(qint64 timeMs, const control::Frame& frame)
{
    int waiting = static_cast<int>(frame.flow().requests_in_flight());
    quint64 bytes = 0;
    for (const auto& stream : frame.streams().streams()) {
        bytes += stream.bytes_in();
        if (stream.state() == control::STREAM_PHASE_PAUSED || stream.state() == control::STREAM_PHASE_FINISHING)
            --waiting;
    }
    const quint64 ended = frame.flow().requests_total();
    const bool moves = waiting <= 0 || waiting_ == 0 || frame.models().loading() > 0 || ended != ended_ ||
                       bytes != bytes_ || timeMs < latestMs_;
    if (moves) sinceMs_ = timeMs;
    waiting_ = std::max(0, waiting);
    ended_ = ended;
    bytes_ = bytes;
    latestMs_ = timeMs;
}

}  // namespace millrace::desktop
