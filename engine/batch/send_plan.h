// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "base/error.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace millrace::batch {

/// Whose fault it may be that a backend refused several members together.
enum class Blame {
    Member,    ///< it has judged what they hold, or how much: one of them, or their number
    Unclear,   ///< it failed over them: one of them, or itself
    Backend,   ///< it is busy, or broke off: itself, unless one of them is what it breaks over
    Everyone,  ///< each alone would hear the same, or it must not be asked again
};
/// `http`: status of the answer in which the refusal came; 0: there was none. `repeatable`: what the backend may have
/// done may be done again. A refusal that says when to come back (Retry-After) is Everyone's.
Blame blameOf(const Status& why, unsigned http, bool repeatable);

/// In which parts a batch goes to its backend, so that nobody may notice that requests were merged: whole; refused, in
/// halves, until those at fault are alone; the same where an answer cannot be divided, and one by one once it is clear
/// that this holds for all.
///
/// | refused for       | such as                               | then                                                |
/// |-------------------|---------------------------------------|-----------------------------------------------------|
/// | Blame::Member     | 400, 403, 413, 422, InvalidArgument   | halves; without hope, each alone                    |
/// | Blame::Unclear    | 500, Internal                         | halves; without hope, each alone as far as retries are
/// left | | Blame::Backend    | 429, 502, 503, 529, a broken connection | halves, as far as retries are left | |
/// Blame::Everyone   | 401, 404, 501, not sent, Retry-After  | nothing: that is the answer for all                 |
///
/// Hope is lost when hopeMax(members) calls in a row served nobody; once somebody was served, the backend works, and it
/// takes `members` calls more. By turns the smallest part goes and the largest, so that the guilty, scattered or side
/// by side, do not use hope up before one innocent member is served. Members that were given up keep the last refusal
/// of a part they were in.
///
///     SendPlan plan(members.size());
///     while (auto part = plan.next(takesOneRetry)) {
///         // send the members from part->from to part->to - 1; then one of
///         plan.answered(waited, rows);
///         plan.refused(waited, rows, why, blameOf(why, http, repeatable));
///     }
///
/// Pure. Bound: Member: 2 · members calls, and members + hopeMax + 1 when nobody is served. Unclear: 2 · members,
/// hopeMax + 1 and what the retry budget gives when nobody is served. Backend: one call and what the budget gives.
class SendPlan {
public:
    /// Members from … to-1.
    struct Part {
        std::size_t from;
        std::size_t to;
        friend bool operator==(const Part&, const Part&) = default;
    };
    /// What a refusal is.
    enum class Outcome {
        Again,    ///< the part goes again, smaller
        ForPart,  ///< the answer for the one member of the part
        ForAll,   ///< the answer for everybody who has none yet; nothing more goes
    };
    /// What the parts revealed about the rows that the backend takes at once.
    struct RowLimit {
        std::uint32_t taken;
        std::uint32_t refused;
        bool sure;  ///< it said so, rather than failed over them
        friend bool operator==(const RowLimit&, const RowLimit&) = default;
    };

    explicit SendPlan(std::size_t members) : members_(members), waiting_{{{0, members}, Blame::Member}} {}

    /// What to send now; empty: all is done. Then one of those below, or nothing when none of its members waits any
    /// more. `retry`: takes one call out of the retry budget; false: there is none left.
    std::optional<Part> next(const std::function<bool()>& retry);
    void answered(std::size_t members, std::uint32_t rows);
    /// `members`: of the part, those that still waited.
    Outcome refused(std::size_t members, std::uint32_t rows, Status why, Blame blame);
    /// More than one member, and their answer cannot be divided. `forGood`: that is how the model answers, whatever it
    /// is asked; otherwise one member's answer may have spoilt it.
    void indivisible(bool forGood);

    const Status& refusal() const { return refusal_; }  ///< the latest of several together; OK: none
    bool gaveUp() const { return gaveUp_; }             ///< parts were not sent again for want of retries
    /// No answer to several could be divided, and that was no accident.
    bool oneByOne() const { return indivisible_ >= kIndivisibleMax; }
    /// Refused together, split, nobody at fault: the backend does not take that many rows. Empty: it is not that.
    std::optional<RowLimit> rowLimit() const;

    /// Calls in a row that may serve nobody at all before hope is lost.
    static std::size_t hopeMax(std::size_t members);

private:
    struct Waiting {
        Part part;
        Blame blame;  ///< for which it is sent again
    };
    std::size_t pick() const;
    void cut(std::size_t pieces, Blame blame);

    std::size_t members_;
    std::vector<Waiting> waiting_;
    Part sent_{};
    std::size_t inVain_ = 0;                             ///< calls since one served somebody
    static constexpr std::uint32_t kIndivisibleMax = 3;  ///< the whole, and both of its halves
    std::uint32_t indivisible_ = 0;                      ///< answers to several, before one could be divided
    bool divided_ = false;                               ///< an answer to several could be
    bool served_ = false;
    Status refusal_;
    std::uint32_t refusedRows_ = 0;  ///< of the smallest part that was refused; 0: none
    std::uint32_t takenRows_ = 0;    ///< of the largest part that was taken after that
    bool sure_ = true;               ///< all refusals were judgements
    bool faults_ = false;
    bool gaveUp_ = false;
};

}  // namespace millrace::batch
