// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/sentence.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::pool {

/// The `timeout` parameter of a Keep-Alive field ("timeout=5, max=100"); empty: none.
std::optional<Duration> keepAliveTimeout(std::string_view field);

/// How long a connection may stay idle, such that we close it before the upstream does: a request sent while the
/// upstream is closing is lost.
///
/// The limit is the minimum of the configured one, the announced one (Keep-Alive: timeout=N) and the observed one, the
/// latter two less a margin. Observed means that idle connections were closed after the same span on kEpisodes separate
/// occasions (a single one may be a restart, which closes all at once). Observations expire after kLearnedFor, so that
/// a change of the upstream is noticed.
///
/// Pure. Thread: one.
class IdleLimit {
public:
    static constexpr std::uint32_t kEpisodes = 2;
    static constexpr Duration kApart = 1s;       ///< closes within this span are one occasion
    static constexpr Duration kSeenMin = 500ms;  ///< connections closed sooner do not indicate an idle limit
    static constexpr double kAgree = 0.15;       ///< relative tolerance between spans that agree
    static constexpr Duration kLearnedFor = 30min;

    explicit IdleLimit(Duration configured) : configured_(configured) {}

    void apply(Duration configured) { configured_ = configured; }
    /// The upstream announced its idle timeout (Keep-Alive).
    void announced(Duration timeout) { announced_ = timeout; }
    /// The upstream closed a connection that had been idle for `idle`.
    void seenClosed(Duration idle, TimePoint now);
    Duration limit(TimePoint now) const;
    /// "configured"; "the server says it keeps connections for 5.0 s"; "the server closed …".
    Sentence why(TimePoint now) const;
    /// Forgets everything learned: another upstream.
    void forget();

private:
    std::optional<Duration> learned(TimePoint now) const;

    Duration configured_;
    std::optional<Duration> announced_;
    // the current series of agreeing occasions
    std::optional<Duration> seen_;  ///< the shortest of them
    std::uint32_t episodes_ = 0;
    TimePoint lastAt_;
};

}  // namespace millrace::pool
