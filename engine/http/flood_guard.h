// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"

#include <algorithm>
#include <array>
#include <cstddef>

namespace millrace::http {

/// Limits the frames that cost their reader more than their sender, per kind: a burst, and a rate per second.
/// WINDOW_UPDATE and frames of unknown kinds are not limited: they cost both sides the same.
/// Pure. Thread: one.
class FloodGuard {
public:
    enum class Kind : std::size_t {
        Reset,     ///< of a stream that was still at work ("rapid reset")
        Ping,      ///< each wants an answer
        Settings,  ///< each wants an answer
        Empty,     ///< frames of data without data, which do not end anything
        Other,     ///< PRIORITY, and resets of what has ended
    };
    struct Rate {
        double atOnce, perSecond;
    };
    static constexpr std::array<Rate, 5> kRates = {{{1000, 200}, {1000, 100}, {100, 10}, {1000, 100}, {1000, 500}}};
    static constexpr std::array<const char*, 5> kWords = {"streams were reset", "PINGs came", "SETTINGS came",
                                                          "empty DATA frames came", "frames without use came"};

    /// One more of them. False: too many.
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
