// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace millrace::http {

/// Rate limits for HTTP/2 frames that cost the receiver more than the sender: per kind a token bucket with a burst and
/// a rate per second. WINDOW_UPDATE and frames of unknown types are not limited, since they cost both sides the same.
///
///     if (!guard.note(FloodGuard::Kind::Ping, now)) …        // end the connection: ENHANCE_YOUR_CALM
///
/// Pure. Thread: one.
class FloodGuard {
public:
    enum class Kind : std::size_t {
        Reset,     ///< RST_STREAM of an open stream ("rapid reset", CVE-2023-44487)
        Ping,      ///< each must be answered
        Settings,  ///< each must be answered
        Empty,     ///< DATA without data and without END_STREAM
        Other,     ///< PRIORITY, and RST_STREAM of closed streams
    };
    struct Rate {
        double atOnce, perSecond;
    };
    static constexpr std::array<Rate, 5> kRates = {{{1000, 200}, {1000, 100}, {100, 10}, {1000, 100}, {1000, 500}}};
    static constexpr std::array<const char*, 5> kWords = {"streams were reset", "PINGs came", "SETTINGS came",
                                                          "empty DATA frames came", "frames without use came"};

    /// Counts one frame. False: over the limit.
    [[nodiscard]] bool note(Kind kind, TimePoint now)
    {
        const Rate& rate = kRates[static_cast<std::size_t>(kind)];
        Used& used = used_[static_cast<std::size_t>(kind)];
        const double passed = std::chrono::duration<double>(now - used.at).count();
        used.count = std::max(0.0, used.count - std::max(0.0, passed) * rate.perSecond) + 1;
        used.at = now;
        return used.count <= rate.atOnce;
    }
    static const char* words(Kind kind) { return kWords[static_cast<std::size_t>(kind)]; }

private:
    struct Used {
        double count = 0;
        TimePoint at{};
    };
    std::array<Used, 5> used_{};
};

}  // namespace millrace::http
