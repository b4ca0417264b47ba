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

/// Predicts which model each program uses after the current one. Long runs and the requests of other programs hide this
/// from a forecast of the next request. Requests that overtake each other at the end of a run do not count as a change.
///
/// Pure core. Bound: kProgramsMax programs; the one that was silent for longest is dropped. Cost: a look-up per
/// request; O(models that followed) at a change. A token bucket limits how many changes are learned from.
class ProgramRuns {
public:
    static constexpr std::size_t kProgramsMax = 128;
    static constexpr std::size_t kPath = 4;           ///< changes that are always looked ahead
    static constexpr std::size_t kPathMax = 16;       ///< to the end of a loop: runs may be far shorter than a load
    static constexpr std::uint32_t kStragglers = 32;  ///< late requests of an ended run; more in a row: it goes on
    static constexpr std::uint64_t kAll = 0;          ///< the key of all requests as one sequence

    struct Step {
        Symbol model = kNoSymbol;
        double probability = 0;  ///< that all steps up to this one are right
    };
    using Path = std::vector<Step>;

    /// A request of `program`. True: it is a change of its model, and learned.
    bool seen(std::uint64_t program, std::string_view name, Symbol model, TimePoint now);
    /// The next request is not related in time to the previous one: at a start, after the replay of old requests.
    void pause();

    /// The most likely next models of the program of the last request; and of all requests as one sequence.
    const Path& path() const { return pathOf(asking_); }
    const Path& pathOfAll() const { return pathOf(kAll); }
    /// How much the model will be requested before the current program changes its model, or later (discounted); 0 to
    /// about 2. `load`: an upper bound of its load time; empty: unknown. If a load is shorter than a run, it can start
    /// at the change before; if it is as long as several runs, more than kPath changes count, with similar weights.
    double need(Symbol model, std::optional<Duration> load) const;
    /// Mean duration of its runs; empty: unknown. `least`: a lower bound instead.
    std::optional<Duration> lasts(bool least = false) const { return lastsOf(asking_, least); }
    std::optional<Duration> lastsOfAll(bool least = false) const { return lastsOf(kAll, least); }
    /// How many steps count, for runs of this duration: kPath, or more if these end before a load does.
    static std::size_t reach(std::optional<Duration> lasts, std::optional<Duration> load);
    /// "after A → B, C came next 31 of 43 times"; empty: no explanation.
    Sentence explain(const std::vector<std::string>& names, Symbol model, bool all) const;
    std::uint64_t changes() const { return changes_; }  ///< of programs' models

private:
    static constexpr double kPrior = 2;  ///< weight, in changes, of the doubt about new sequences
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
    /// The probability that it continues at all, by the time it has been silent.
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
