// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/clock.h"
#include "load/expert.h"
#include "load/token_bucket.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace millrace::load {

/// Which model each program goes on to when it is done with one. Long runs and other programs' requests in between
/// hide that from a forecast of the next request. Requests that overtake each other where a run ends are no change.
///
/// Pure core. Bound: kProgramsMax programs, the one that was silent for longest is forgotten. Cost: a look-up each
/// request; O(what followed) at a change, of which a token bucket is learned from.
class ProgramRuns {
public:
    static constexpr std::size_t kProgramsMax = 128;
    static constexpr std::size_t kPath = 4;           ///< changes that are looked ahead, always
    static constexpr std::size_t kPathMax = 16;       ///< to the end of a loop: runs may be far shorter than a load
    static constexpr std::uint32_t kStragglers = 32;  ///< in a row of a model that is over; more: it is not over
    static constexpr std::uint64_t kAll = 0;          ///< the key under which all requests are one sequence

    struct Step {
        Symbol model = kNoSymbol;
        double probability = 0;  ///< that all steps up to this one come so
    };
    using Path = std::vector<Step>;

    /// A request of `program`. True: it is a change of its model, and learned.
    bool seen(std::uint64_t program, std::string_view name, Symbol model, TimePoint now);
    /// What comes now does not follow in time what came before: at a start, after old requests were replayed.
    void pause();

    /// The likeliest way on of the program that asked last; and of all requests taken as one sequence.
    const Path& path() const { return pathOf(asking_); }
    const Path& pathOfAll() const { return pathOf(kAll); }
    /// Likeliness that it is asked for before the asking program goes on, or later, discounted. 0 … about 2
    /// `load`: what loading it takes at most. Shorter than a run, the change before it is soon enough; as long as some
    /// runs, more than kPath changes count, and those that come meanwhile about the same. Empty: unknown.
    double need(Symbol model, std::optional<Duration> load) const;
    /// How long its runs last on average; empty: unknown. `least`: how long one may be counted on to last.
    std::optional<Duration> lasts(bool least = false) const { return lastsOf(asking_, least); }
    std::optional<Duration> lastsOfAll(bool least = false) const { return lastsOf(kAll, least); }
    /// How many steps of a way count, if runs last so long: kPath, or more where these are over before a load is.
    static std::size_t reach(std::optional<Duration> lasts, std::optional<Duration> load);
    /// "after A → B, C came next 31 of 43 times"; empty: nothing to say.
    Sentence explain(const std::vector<std::string>& names, Symbol model, bool all) const;
    std::uint64_t changes() const { return changes_; }  ///< of programs' models

private:
    static constexpr double kPrior = 2;  ///< changes' worth of doubt in what is new
    struct Program {
        std::string name;
        Symbol current = kNoSymbol, previous = kNoSymbol, earlier = kNoSymbol;
        std::uint32_t run = 0;     // requests of current
        std::uint32_t before = 0;  // requests of previous
        std::uint32_t back = 0;    // of previous again, in a row
        double length = 0;         // of a run on average, in requests; 0: none ended yet
        double lastsMs = 0;        // the same in time; 0: unknown
        double spreadMs = 0;       // how far from that on average
        std::optional<TimePoint> since;
        std::uint64_t at = 0;  // the newest request, counted over all programs
        double gap = 1;        // between its requests, counted so
        std::optional<TimePoint> askedAt;
        double gapMs = 0;  // the same in time; 0: unknown
        // Of the latest changes: what was claimed for the likeliest model, and how often it came.
        double claimed = kPrior, came = kPrior / 2;
        double claim = 0;  // now
        Path path;

        double trust() const { return std::min(came / claimed, 1.0); }
        double runLength() const { return length > 0 ? length : run; }
    };
    /// How likely it goes on at all, by how long it has been silent.
    double alive(const Program& program) const;
    bool advance(std::uint64_t key, Program& program, Symbol model, TokenBucket& allowance, TimePoint now);
    void learn(std::uint64_t key, Program& program, Symbol model, TimePoint now);
    void lookAhead(std::uint64_t key, Program& program) const;
    Step follower(std::uint64_t key, Symbol last, Symbol previous, Symbol earlier) const;
    const Path& pathOf(std::uint64_t key) const;
    std::optional<Duration> lastsOf(std::uint64_t key, bool least) const;

    std::unordered_map<std::uint64_t, Program> programs_;
    TokenBucket ofPrograms_, ofAll_;
    FollowTable one_{32}, two_{32}, three_{32};  // by program and the models of its last runs
    std::uint64_t asking_ = kAll;
    std::uint64_t requests_ = 0;
    TimePoint now_{};  // of the newest request
    std::uint64_t changes_ = 0;
};

}  // namespace millrace::load
