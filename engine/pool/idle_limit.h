// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "base/sentence.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace millrace::pool {

/// The `timeout` of a Keep-Alive field ("timeout=5, max=100"); empty: there is none.
std::optional<Duration> keepAliveTimeout(std::string_view field);

/// How long a connection may stay idle before the upstream is likely to close it under us.
///
/// The limit in force is the smallest of what is configured, what the upstream says (Keep-Alive: timeout=N) and what
/// it was seen to do, the latter two less a margin. Seen means: idle connections were closed after the same span on
/// kEpisodes occasions apart from each other. One occasion may be a restart, which closes all at once.
/// What was learned is forgotten after kLearnedFor, so that a changed upstream is noticed.
class IdleLimit {
public:
    static constexpr std::uint32_t kEpisodes = 2;
    static constexpr Duration kApart = 1s;       ///< closes nearer than this are one occasion
    static constexpr Duration kSeenMin = 500ms;  ///< closed sooner: no idle limit, but a closed connection
    static constexpr double kAgree = 0.15;       ///< share by which spans may differ and still agree
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
    /// Nothing is known of the upstream any more.
    void forget();

private:
    std::optional<Duration> learned(TimePoint now) const;

    Duration configured_;
    std::optional<Duration> announced_;
    // the run of occasions that agree
    std::optional<Duration> seen_;  ///< the shortest of them
    std::uint32_t episodes_ = 0;
    TimePoint lastAt_;
};

}  // namespace millrace::pool
